"""Updates that name the state of the record that they replace: nothing is written over a change that nobody saw."""

from __future__ import annotations

import json

import frappe

from erp_connect.config import exchange_format
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, OUTSIDE, PER_FIELD
from erp_connect.operate import preview, replay
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, KIND, SINGLE, TwoWayShopCase
from erp_connect.tests.fakes.shop import Shop

IF_MATCH = {"place": "Header", "key": "If-Match", "value": "{_link.etag}"}
ETAGS = {
	**SINGLE,
	"request_parameters": [IF_MATCH],
	"answer_etag_expression": "header:ETag",
	"inbound_etag_expression": "header:ETag",
}


class TestBothWays(TwoWayShopCase):
	"""Both sides change a customer, and the change outside was not pulled yet when ours is sent."""

	def both_changed(self, policy: str, *, outside: dict, here: dict, **values):
		self.shop.etags = True
		self.flow(policy, **{**ETAGS, **values})
		doc, id_ = self.linked(tax_id="0", website="0")
		self.shop.change(KIND, id_, **outside)
		self.edit(doc, **here)
		self.push()
		return doc, id_

	def test_what_is_linked_is_named_and_what_is_new_is_not(self):
		self.shop.etags = True
		self.flow(**ETAGS)
		doc, id_ = self.linked(tax_id="0")
		self.assertEqual(self.link(doc).etag, f'W/"{id_}.1"')
		self.edit(doc, tax_id="1")
		self.push()
		self.assertEqual(self.shop.conditions, [("POST", None), ("PUT", f'W/"{id_}.1"')])
		self.assertEqual(
			(self.event(event="update").status, self.link(doc).etag), ("Delivered", f'W/"{id_}.2"')
		)
		self.edit(doc, tax_id="2")
		self.push()
		self.assert_sides(doc, id_, "2", "")

	def test_both_changes_stand_where_they_do_not_touch(self):
		doc, id_ = self.both_changed(PER_FIELD, outside={"site": "there"}, here={"tax_id": "here"})
		self.assertEqual(self.there(id_), ("0", "there"), "nothing may be written over it")
		event = self.event(direction="Outgoing", event="update")
		self.assertEqual((event.status, event.outcome), ("Retrying", "changed_outside"))
		self.work()
		self.push()
		self.assert_sides(doc, id_, "here", "there")
		self.assertEqual(self.shop.conditions[-1], ("PUT", f'W/"{id_}.2"'))

	def test_a_conflict_waits_for_a_person(self):
		doc, id_ = self.both_changed(HOLD, outside={"tax": "there"}, here={"tax_id": "here"})
		self.work()
		self.later()
		self.push()
		held = self.event(direction="Incoming", status="On Hold")
		self.assertEqual(held.outcome, "both_changed")
		self.assertEqual(self.event(direction="Outgoing", event="update").status, "On Hold")
		self.assertEqual((self.here(doc)[0], self.there(id_)[0]), ("here", "there"))
		replay.decide(held.name, "here")
		self.work()
		self.push()
		self.assert_sides(doc, id_, "here", "0")

	def test_the_policy_decides(self):
		for policy, winner in ((OUTSIDE, "there"), (ERPNEXT, "here")):
			with self.subTest(policy):
				doc, id_ = self.both_changed(
					policy, outside={"tax": "there"}, here={"tax_id": "here"}, name=f"{FLOW} {policy}"
				)
				for _ in range(3):
					self.work()
					self.push()
				self.assert_sides(doc, id_, winner, "0")
				frappe.db.set_value("Field Mapping", f"{FLOW} {policy}", "enabled", 0)

	def test_a_change_of_what_is_not_mapped_costs_one_more_try(self):
		doc, id_ = self.both_changed(HOLD, outside={"unmapped": "x"}, here={"tax_id": "here"})
		self.work()
		self.push()
		self.assert_sides(doc, id_, "here", "0")
		self.assertEqual(self.shop.things[KIND][id_]["unmapped"], "x")

	def test_a_version_that_is_refused_for_ever_ends_failed(self):
		self.shop.etags = True
		self.flow(PER_FIELD, **{**ETAGS, "inbound_etag_expression": ""})
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, site="there")
		self.edit(doc, tax_id="here")
		for _ in range(6):
			self.later(3600)
			self.push()
			self.work()
		event = self.event(direction="Outgoing", event="update", status="Failed")
		self.assertEqual((event.attempts, event.outcome), (4, "changed_outside"))
		self.assertEqual(self.there(id_)[0], "0")

	def test_without_an_address_of_its_own_it_fails_and_the_remedy_works(self):
		doc, id_ = self.both_changed(
			PER_FIELD,
			outside={"site": "there"},
			here={"tax_id": "here"},
			fetch_path="",
			inbound_etag_expression="",
		)
		event = self.event(direction="Outgoing", event="update")
		self.assertEqual((event.status, event.outcome), ("Failed", "changed"))
		self.assertIn("Address of a single record", event.error)
		flow = frappe.get_doc("Field Mapping", FLOW)
		flow.update({"fetch_path": SINGLE["fetch_path"], "inbound_etag_expression": "header:ETag"})
		flow.save()
		replay.retry([event.name])
		self.commit()
		for _ in range(2):
			self.push()
			self.work()
		self.push()
		self.assert_sides(doc, id_, "here", "there")

	def test_a_record_that_is_gone_is_not_fetched_again_and_again(self):
		self.shop.etags = True
		self.flow(**ETAGS)
		doc, id_ = self.linked(tax_id="0")
		self.shop.remove(KIND, id_)
		self.edit(doc, tax_id="here")
		self.push()
		event = self.event(direction="Outgoing", event="update")
		self.assertEqual((event.status, event.outcome), ("Failed", "record_gone"))

	def test_a_deletion_here_does_not_take_a_change_outside_along(self):
		self.shop.etags = True
		self.flow(**ETAGS)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="there")
		doc.delete()
		self.commit()
		self.push()
		event = self.event(direction="Outgoing", event="delete")
		self.assertEqual((event.status, event.outcome), ("Failed", "changed_unread"))
		self.assertIn(id_, self.shop.things[KIND])

	def test_the_etag_of_a_listed_record_is_kept_and_tells_nothing_of_what_is_older(self):
		self.flow(**{**ETAGS, "inbound_etag_expression": "etag", "inbound_version_expression": ""})
		doc, id_ = self.linked(tax_id="0")
		for etag in ('"zz"', '"aa"'):
			self.shop.change(KIND, id_, tax=etag, etag=etag)
			self.pull()
			self.assertEqual((self.link(doc).etag, self.here(doc)[0]), (etag, etag), self.history())

	def test_a_replay_by_hand_is_not_replaced_by_the_document(self):
		self.shop.etags = True
		self.flow(PER_FIELD, **ETAGS)
		doc, id_ = self.linked(tax_id="0")
		self.edit(doc, tax_id="1")
		self.push()
		row = self.event(direction="Outgoing", event="update")
		self.shop.change(KIND, id_, site="there")
		created = replay.replay_edited(row.name, row.request_body.replace('"1"', '"by hand"'))
		self.commit()
		self.push()
		self.assertEqual(self.event(name=created).outcome, "changed_unread")
		replay.retry([created])
		self.commit()
		self.push()
		self.assertEqual(self.there(id_), ("by hand", ""), self.history())

	def test_an_etag_that_was_entered_as_version_makes_no_change_an_older_one(self):
		self.flow(**{**ETAGS, "inbound_etag_expression": "", "inbound_version_expression": "etag"})
		doc, id_ = self.linked(tax_id="0")
		for etag in ('W/"zz"', 'W/"aa"'):
			self.shop.change(KIND, id_, tax=etag, etag=etag)
			self.pull()
			self.assertEqual(self.here(doc)[0], etag, self.history())

	def test_409_where_the_flow_says_so(self):
		self.flow(
			PER_FIELD, **{**SINGLE, "answer_rules": [{"statuses": "409", "verdict": "Changed outside"}]}
		)
		doc, id_ = self.linked(tax_id="0", website="0")
		self.shop.change(KIND, id_, site="there")
		self.edit(doc, tax_id="here")
		self.shop.refuse("PUT", 409)
		self.push()
		self.assertEqual(self.event(direction="Outgoing", event="update").outcome, "changed_outside")
		self.work()
		self.push()
		self.assert_sides(doc, id_, "here", "there")


class TestOutgoingOnly(ConnectTestCase):
	"""A flow that only sends cannot look: a person does."""

	def setUp(self) -> None:
		super().setUp()
		self.shop = Shop()
		self.addCleanup(self.shop.stop)
		self.shop.etags = True
		make.account(self.shop.url, breaker_threshold=0)
		self.flow = make.flow(
			"Customer",
			make.rest("/customers"),
			[make.row("customer_name", "name"), make.row("tax_id", "tax")],
			remote_entity=KIND,
			external_id_expression="data.id",
			answer_etag_expression="header:ETag",
			request_parameters=[IF_MATCH, {"place": "Query", "key": "by", "value": "{_account.name}"}],
		)
		self.doc = make.customer(tax_id="0")
		self.deliver()
		self.id = self.links()[0].external_id

	def edit(self, value: str) -> None:
		self.doc.reload()
		self.doc.tax_id = value
		self.doc.save()
		self.commit()
		self.deliver()

	def test_it_fails_and_retry_writes_over_it(self):
		self.shop.change(KIND, self.id, tax="there")
		self.edit("here")
		event = self.event(event="update")
		self.assertEqual((event.status, event.outcome), ("Failed", "changed_unread"))
		self.assertIn("press Retry to write over it", event.error)
		self.assertEqual(self.shop.things[KIND][self.id]["tax"], "there")
		replay.retry([event.name])
		self.commit()
		self.deliver()
		self.assertEqual(self.shop.things[KIND][self.id]["tax"], "here")
		self.assertEqual(self.shop.conditions[-1], ("PUT", None))
		self.edit("again")
		self.assertEqual(self.shop.conditions[-1][1], f'W/"{self.id}.3"')

	def test_the_next_change_does_not_write_over_it_either(self):
		self.shop.change(KIND, self.id, tax="there")
		self.edit("here")
		self.edit("here too")
		self.assertEqual(self.shop.things[KIND][self.id]["tax"], "there")

	def test_a_replay_names_the_state_that_is_known_now(self):
		self.flow.append("request_parameters", {"place": "Header", "key": "X-Of", "value": "{name}"})
		self.flow.save()
		self.edit("1")
		self.edit("2")
		last = self.events(event="update")[-1]
		created = replay.replay([last.name]).created
		self.commit()
		self.deliver()
		self.assertEqual(self.event(name=created[0]).status, "Delivered", self.history())
		self.assertEqual(self.shop.conditions[-1], ("PUT", f'W/"{self.id}.3"'))
		self.assertEqual(json.loads(self.event(name=created[0]).request_headers)["X-Of"], self.doc.name)

	def test_a_replay_with_another_payload_fails_and_retry_sends_just_that(self):
		self.edit("1")
		self.shop.change(KIND, self.id, tax="there")
		row = self.event(event="update")
		created = replay.replay_edited(row.name, row.request_body.replace('"1"', '"by hand"'))
		self.commit()
		self.deliver()
		self.assertEqual(self.event(name=created).outcome, "changed_unread")
		self.assertEqual(self.shop.things[KIND][self.id]["tax"], "there")
		replay.retry([created])
		self.commit()
		self.deliver()
		self.assertEqual(self.shop.things[KIND][self.id]["tax"], "by hand", self.history())
		self.assertEqual(self.shop.conditions[-1], ("PUT", None))

	def test_the_preview_shows_the_headers(self):
		shown = preview.preview(self.flow, self.doc.name)
		self.assertEqual(shown["headers"], {"If-Match": f'W/"{self.id}.1"'})
		self.assertTrue(shown["url"].endswith(f"/customers/{self.id}?by=Test%20Shop"), shown["url"])

	def test_the_kind_of_body_may_be_another_one(self):
		self.flow.append(
			"request_parameters",
			{"place": "Header", "key": "Content-Type", "value": "application/merge-patch+json"},
		)
		self.flow.save()
		self.edit("1")
		self.assertEqual(self.event(event="update").content_type, "application/merge-patch+json")

	def test_an_export_takes_them_along(self):
		copy = frappe.get_doc(
			"Field Mapping", exchange_format.import_(exchange_format.export(self.flow), make.ACCOUNT)
		)
		self.assertEqual([row.key for row in copy.request_parameters], ["If-Match", "by"])

	def test_what_cannot_work_is_refused_with_its_place(self):
		for row, told in (
			({"place": "Header", "key": "Authorization", "value": "x"}, "credentials"),
			({"place": "Header", "key": "Host", "value": "x"}, "connection itself"),
			({"place": "Header", "key": "a b", "value": "x"}, "not the name of a header"),
			({"place": "Header", "key": "A", "value": "{nothing_there}"}, "nothing_there"),
			({"place": "Header", "key": "A", "value": "{"}, "brace"),
		):
			with self.subTest(row), self.assertRaises(frappe.ValidationError) as caught:
				doc = frappe.get_doc("Field Mapping", self.flow.name)
				doc.append("request_parameters", row)
				doc.save()
			self.assertIn(told, str(caught.exception))
			self.assertIn("row 3", str(caught.exception))
		doc = frappe.get_doc("Field Mapping", self.flow.name)
		doc.answer_etag_expression = ""
		with self.assertRaisesRegex(frappe.ValidationError, "ETag in the answer"):
			doc.save()
