"""One record on two sites, changed here, there, and on both: this site pushes and pulls, the other has only its REST API."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import events
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, NEWEST, OUTSIDE, PER_FIELD
from erp_connect.inbound import process
from erp_connect.pull import run
from erp_connect.store import sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pair import PairSite

ACCOUNT, FLOW = "Other Site", "Customers both ways"
FIELDS = ("customer_name", "customer_type", "tax_id", "website", "customer_details")


class TwoWayCase(ConnectTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.there = PairSite()
		cls.addClassCleanup(cls.there.stop)

	def setUp(self) -> None:
		super().setUp()
		make.account(
			self.there.url,
			name=ACCOUNT,
			auth_type="Frappe Token",
			api_key=self.there.key,
			api_secret=self.there.secret,
			sign_requests=0,
		)
		self.start = str(frappe.utils.now_datetime())

	def flow(self, policy: str, **values):
		wins = values.pop("wins", {})
		doc = frappe.get_doc(
			{
				"doctype": "Field Mapping",
				"mapping_name": FLOW,
				"integration": ACCOUNT,
				"document_type": "Customer",
				"direction": "Both",
				"remote_entity": "Customer",
				"requests": [
					make.request("Insert", "POST", "/api/resource/Customer"),
					make.request("Update", "PUT", "/api/resource/Customer/{external_id}"),
				],
				"rows": [make.row(field, field, wins=wins.get(field)) for field in FIELDS],
				"external_id_expression": "data.name",
				"answer_version_expression": "data.modified",
				"inbound_id_expression": "name",
				"inbound_version_expression": "modified",
				"conflict_policy": policy,
				"pull_path": "/api/resource/Customer",
				"pull_records": "data",
				"pull_parameters": [
					{"place": "Query", "key": "fields", "value": json.dumps(["name", "modified", *FIELDS])},
					{"place": "Query", "key": "filters", "value": '[["modified",">=","{since}"]]'},
					{"place": "Query", "key": "order_by", "value": "modified asc, name asc"},
				],
				"paging": "Changed since",
				"page_size": 20,
				"page_size_parameter": "limit_page_length",
				"page_parameter": "limit_start",
				"changed_expression": "modified",
				"pull_since": self.start,
				"pull_overlap": "0s",
				"send_nulls": 1,
				**values,
			}
		).insert()
		self.commit()
		return doc

	def push(self) -> None:
		self.deliver(ACCOUNT)

	def pull(self) -> None:
		sync_cursor.make_due(FLOW)
		self.commit()
		run.run(FLOW)
		process.process(ACCOUNT)

	def cycles(self, count: int = 10) -> None:
		for _ in range(count):
			self.later(3600)
			self.push()
			self.pull()

	def linked(self, **values):
		"""A customer that both sites have. Returns it, and its name over there."""
		doc = make.customer(**values)
		self.push()
		name = self.links(document_name=doc.name)[0].external_id
		doc.reload()
		return doc, name

	def edit_there(self, name: str, **values) -> None:
		answer = self.there.session.put(self.there._resource("Customer", name), json=values, timeout=30)
		answer.raise_for_status()

	def edit_here(self, doc, **values) -> None:
		doc.reload()
		doc.update(values)
		doc.save()
		self.commit()

	def both(self, doc, name: str) -> tuple[dict, dict]:
		frappe.db.rollback()
		here, there = frappe.get_doc("Customer", doc.name), self.there.get("Customer", name)
		return ({field: here.get(field) or "" for field in FIELDS}, {f: there.get(f) or "" for f in FIELDS})

	def assert_equal_sides(self, doc, name: str, **values) -> None:
		here, there = self.both(doc, name)
		self.assertEqual(here, there, self.history())
		self.assertEqual({field: here[field] for field in values}, values, self.history())


class TestOneSide(TwoWayCase):
	def test_an_edit_here_makes_one_call_and_no_echo(self):
		self.flow(HOLD)
		doc, name = self.linked(tax_id="1")
		self.edit_here(doc, tax_id="2")
		self.push()
		modified = self.there.get("Customer", name)["modified"]
		before = len(self.events())
		self.cycles()
		self.assertEqual(len(self.events()), before, self.history())
		self.assertEqual(self.there.get("Customer", name)["modified"], modified)
		self.assertEqual([row.method for row in self.events()], ["POST", "PUT"])
		self.assert_equal_sides(doc, name, tax_id="2")

	def test_an_edit_there_is_written_once_and_not_sent_back(self):
		self.flow(HOLD)
		doc, name = self.linked()
		self.edit_there(name, website="https://there.example.com")
		self.pull()
		modified = self.there.get("Customer", name)["modified"]
		before = len(self.events())
		self.cycles()
		self.assertEqual(len(self.events()), before, self.history())
		self.assertEqual(self.events(direction="Outgoing", method="PUT"), [])
		self.assertEqual(self.there.get("Customer", name)["modified"], modified)
		self.assert_equal_sides(doc, name, website="https://there.example.com")

	def test_a_new_record_there_is_created_here_and_not_sent_back(self):
		self.flow(HOLD)
		title = make.unique("From there")
		name = self.there.create("Customer", customer_name=title, customer_type="Company")["name"]
		self.cycles(3)
		link = self.links(external_id=name)[0]
		self.assertEqual(self.events(direction="Outgoing"), [])
		doc = frappe.get_doc("Customer", link.document_name)
		self.edit_here(doc, tax_id="from here")
		self.cycles(3)
		self.assertEqual([row.method for row in self.events(direction="Outgoing")], ["PUT"])
		self.assert_equal_sides(doc, name, tax_id="from here")

	def test_a_field_emptied_there_is_emptied_here(self):
		self.flow(HOLD)
		doc, name = self.linked(tax_id="1", website="w")
		self.edit_there(name, tax_id=None, website="")
		self.cycles(2)
		self.assert_equal_sides(doc, name, tax_id="", website="")

	def test_changes_of_one_side_after_the_other_follow_each_other(self):
		self.flow(HOLD)
		doc, name = self.linked()
		for number in range(3):
			self.edit_here(doc, tax_id=f"here {number}")
			self.cycles(1)
			self.edit_there(name, tax_id=f"there {number}", website=str(number))
			self.cycles(1)
		self.assert_equal_sides(doc, name, tax_id="there 2", website="2")
		self.assertEqual(self.events(status="On Hold"), [])


class TestBothSides(TwoWayCase):
	def conflict(self, policy: str, **values):
		"""Both sides change tax_id; here also website, there also the type."""
		self.flow(policy, **values)
		doc, name = self.linked(tax_id="0", customer_type="Company")
		self.edit_there(name, tax_id="there", customer_type="Individual")
		self.edit_here(doc, tax_id="here", website="w")
		return doc, name

	def test_the_outside_wins(self):
		doc, name = self.conflict(OUTSIDE)
		self.pull()
		self.cycles(3)
		self.assert_equal_sides(doc, name, tax_id="there", customer_type="Individual", website="")
		self.assertEqual(self.events(direction="Outgoing", method="PUT"), [])

	def test_erpnext_wins(self):
		doc, name = self.conflict(ERPNEXT)
		self.pull()
		self.cycles(3)
		self.assert_equal_sides(doc, name, tax_id="here", customer_type="Company", website="w")
		self.assertEqual(len(self.events(direction="Outgoing", method="PUT")), 1)

	def test_the_newest_wins(self):
		doc, name = self.conflict(NEWEST)  # here was last
		self.pull()
		self.cycles(3)
		self.assert_equal_sides(doc, name, tax_id="here", customer_type="Company")
		self.edit_here(doc, tax_id="here 2")
		self.edit_there(name, tax_id="there 2")
		self.pull()
		self.cycles(3)
		self.assert_equal_sides(doc, name, tax_id="there 2", website="w")

	def test_per_field_joins_both(self):
		doc, name = self.conflict(PER_FIELD, wins={"tax_id": "Outside"})
		self.pull()
		self.cycles(3)
		self.assert_equal_sides(doc, name, tax_id="there", customer_type="Individual", website="w")
		self.edit_there(name, tax_id="there 2")
		self.edit_here(doc, customer_details="here 2")
		self.pull()
		self.cycles(3)
		self.assert_equal_sides(doc, name, tax_id="there 2", customer_details="here 2")

	def test_a_push_looks_first_where_the_flow_says_so(self):
		doc, name = self.conflict(
			PER_FIELD,
			wins={"tax_id": "Outside"},
			read_before_update=1,
			fetch_path="/api/resource/Customer/{external_id}",
			fetch_result="data",
		)
		self.push()  # before anything was pulled
		self.assertEqual(self.there.get("Customer", name)["tax_id"], "there")
		self.assertEqual(
			[r.outcome for r in self.events(event="update")], ["changed_outside"], self.history()
		)
		process.process(ACCOUNT)
		self.cycles(2)
		self.assert_equal_sides(doc, name, tax_id="there", customer_type="Individual", website="w")


class TestHeld(TwoWayCase):
	def held(self):
		self.flow(HOLD)
		doc, name = self.linked(tax_id="0")
		self.edit_there(name, tax_id="there", website="there")
		self.edit_here(doc, tax_id="here")
		self.pull()
		return doc, name, self.event(status="On Hold", direction="Incoming")

	def test_nothing_is_written_and_both_versions_are_kept(self):
		doc, name, row = self.held()
		self.assertEqual((row.outcome, row.reference_name), ("both_changed", doc.name))
		versions = {
			one["field"]: (one["base"], one["here"], one["there"]) for one in json.loads(row.conflict)
		}
		self.assertEqual(versions["tax_id"], ("0", "here", "there"))
		self.assertEqual(versions["website"][2], "there")
		self.cycles(3)
		here, there = self.both(doc, name)
		self.assertEqual((here["tax_id"], there["tax_id"]), ("here", "there"))
		self.assertEqual((here["website"], there["website"]), ("", "there"))
		waiting = self.event(direction="Outgoing", status="On Hold")
		self.assertEqual(waiting.outcome, "conflict_open")

	def decide(self, row, **decision) -> None:
		events.resolve_conflict(row.name, **decision)
		self.commit()
		process.process(ACCOUNT)
		self.cycles(2)
		self.assertEqual(self.events(status="On Hold"), [], self.history())

	def test_erpnext_is_kept(self):
		doc, name, row = self.held()
		self.cycles(1)
		self.decide(row, side="here")
		self.assert_equal_sides(doc, name, tax_id="here", website="")

	def test_the_outside_is_taken(self):
		doc, name, row = self.held()
		self.cycles(1)
		self.decide(row, side="there")
		self.assert_equal_sides(doc, name, tax_id="there", website="there")
		self.assertEqual(self.events(direction="Outgoing", method="PUT"), [])

	def test_each_field_is_decided_by_itself(self):
		doc, name, row = self.held()
		self.decide(row, fields={"tax_id": "here", "website": "there"})
		self.assert_equal_sides(doc, name, tax_id="here", website="there")

	def test_a_newer_change_outside_takes_the_place_of_the_one_that_waits(self):
		doc, name, row = self.held()
		self.edit_there(name, tax_id="there 2")
		self.cycles(1)
		newer = self.event(status="On Hold", direction="Incoming")
		self.assertNotEqual(newer.name, row.name)
		self.assertEqual(
			frappe.db.get_value("Sync Log", row.name, ["status", "superseded_by"]), ("Superseded", newer.name)
		)
		self.edit_there(name, tax_id="0", website="")  # taken back outside: no conflict any more
		self.cycles(2)
		self.assertEqual(self.events(status="On Hold"), [], self.history())
		self.assert_equal_sides(doc, name, tax_id="here", website="")

	def test_a_decision_is_made_once_and_by_those_who_may(self):
		_doc, _name, row = self.held()
		self.assertRaises(frappe.ValidationError, events.resolve_conflict, row.name, side="both")
		frappe.set_user(make.user("two-way-reader@example.com", ("Integration User",)))
		self.assertRaises(frappe.PermissionError, events.resolve_conflict, row.name, side="here")
		frappe.set_user("Administrator")
		self.decide(row, side="here")
		self.assertRaises(frappe.ValidationError, events.resolve_conflict, row.name, side="there")
