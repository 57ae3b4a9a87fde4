"""What a preview of a pull promises is what the pull does, and the preview leaves no trace."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import pulls
from erp_connect.inbound.process import process
from erp_connect.pull import run as pulling
from erp_connect.store import dry_run, sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase
from erp_connect.tests.fakes.fault_server import Reply

FLOW = "Previewed"


class Previewed(ConnectTestCase):
	def outside(self, *records: Any, answer: Any = None) -> None:
		self.receiver.script("/list", *[Reply(200, answer or {"data": list(records)})] * 4)

	def flow(self, doctype: str, rows: list[dict], **values: Any) -> None:
		make.flow(
			doctype,
			[],
			rows,
			**{
				"name": FLOW,
				"direction": "Incoming",
				"pull_path": "/list",
				"pull_records": "data",
				"inbound_id_expression": "id",
				**values,
			},
		)
		self.commit()

	def preview(self) -> list[dict[str, Any]]:
		return pulls.preview(FLOW)["records"]

	def pulled(self) -> list:
		"""Events after the pull was really done."""
		sync_cursor.make_due(FLOW)
		self.commit()
		pulling.run(FLOW)
		process(make.ACCOUNT)
		frappe.db.rollback()
		return self.events(event="pull")


class TestDocuments(Previewed):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), breaker_threshold=0)
		self.name = make.unique("Buyer")

	def customers(self, **values: Any) -> None:
		rows = [
			make.row("customer_name", "name"),
			make.row("customer_type", "kind"),
			make.row("customer_group", "group"),
			make.row("territory", "place"),
		]
		self.flow("Customer", rows, **values)

	def record(self, **values: Any) -> dict[str, Any]:
		known = {"group": make.leaf("Customer Group"), "place": make.leaf("Territory"), "kind": "Company"}
		return {"id": make.unique("c"), "name": self.name, **known, **values}

	def test_it_says_of_each_record_what_the_pull_then_does(self):
		self.customers()
		self.outside(
			self.record(),
			self.record(name=None),
			self.record(name=f"{self.name} 2", kind="Alien"),
			self.record(name=f"{self.name} 3", group="No such group"),
			{"unit": "nothing mapped"},
		)
		found = self.preview()
		self.assertEqual([one["action"] for one in found], ["create", *["fail"] * 4], found)
		for one, said in zip(found[1:], ("customer_name", "Alien", "No such group", "No id"), strict=True):
			self.assertIn(said, one["error"])
		self.assertEqual(
			[event.status for event in sorted(self.pulled(), key=lambda event: event.seq)],
			["Processed", *["Failed"] * 4],
		)

	def test_it_leaves_no_trace(self):
		self.customers()
		self.outside(self.record())
		before = self._counts()
		frappe.clear_messages()
		self.assertEqual(self.preview()[0]["action"], "create")
		frappe.db.commit()
		self.assertEqual(self._counts(), before)
		self.assertFalse(frappe.db.exists("Customer", {"customer_name": self.name}))
		self.assertFalse(frappe.get_message_log())

	def _counts(self) -> dict[str, int]:
		tables = ("Customer", "Sync Log", "Sync Link", "Version", "Comment", "Email Queue", "Contact", "File")
		return {table: frappe.db.count(table) for table in tables}

	def test_it_tells_nobody(self):
		notice = frappe.get_doc(
			{
				"doctype": "Notification",
				"name": make.unique("Notice"),
				"subject": "New",
				"document_type": "Customer",
				"event": "New",
				"channel": "System Notification",
				"message": "New",
				"recipients": [{"receiver_by_document_field": "owner"}],
			}
		).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Notification", notice.name, force=True)
		self.customers()
		self.outside(self.record())
		with patch("frappe.email.doctype.notification.notification.evaluate_alert") as told:
			self.assertEqual(self.preview()[0]["action"], "create")
			told.assert_not_called()
			self.assertEqual([event.status for event in self.pulled()], ["Processed"])
			told.assert_called_once()

	def test_one_that_is_here_shows_what_would_change(self):
		self.customers()
		record = self.record()
		self.outside(record)
		self.pulled()
		self.outside(record)
		self.assertEqual(self.preview()[0]["action"], "same")
		self.outside({**record, "kind": "Individual"})
		(shown,) = self.preview()
		self.assertEqual(shown["action"], "update")
		self.assertEqual(
			shown["changes"],
			[{"path": "customer_type", "kind": "changed", "old": "Company", "new": "Individual"}],
		)
		name = frappe.db.get_value("Customer", {"customer_name": self.name})
		self.assertEqual((shown["document"], frappe.get_cached_value("Customer", name, "customer_type")),
			(name, "Company"))  # fmt: skip

	def test_a_record_does_not_find_what_one_before_it_would_make(self):
		self.customers(inbound_id_expression="")
		frappe.db.set_value(
			"Field Mapping Row", {"parent": FLOW, "source": "customer_name"}, "is_match_key", 1
		)
		frappe.db.set_value("Field Mapping", FLOW, "modified", frappe.utils.now())
		self.commit()
		frappe.clear_cache(doctype="Field Mapping")
		self.outside(self.record(), self.record())
		self.assertEqual([one["action"] for one in self.preview()], ["create", "create"])

	def test_what_waits_for_a_person_or_its_creation_is_told(self):
		self.customers()
		flow = frappe.get_doc("Field Mapping", FLOW)
		for on_missing, action in (
			("Hold for review", "hold"),
			("Wait for its creation", "wait"),
			("Ignore", "ignore"),
		):
			with self.subTest(on_missing):
				flow.update({"on_missing": on_missing}).save()
				self.commit()
				self.outside(self.record())
				(shown,) = self.preview()
				self.assertEqual(shown["action"], action, shown)

	def test_the_wrapper_of_the_records_is_recognised(self):
		self.customers(pull_records="", inbound_id_expression="")
		self.outside(answer={"count": 2, "result": {"customers": [self.record(), self.record()]}})
		(shown,) = self.preview()
		self.assertEqual(shown["action"], "fail")
		self.assertIn("result.customers", shown["warning"])
		self.assertIn("customer_name", shown["error"])

	def test_what_keeps_the_flow_from_being_saved_is_told(self):
		self.customers()
		self.outside(self.record())
		values = {**frappe.get_doc("Field Mapping", FLOW).as_dict(), "rows": [make.row("no_such", "name")]}
		found = pulls.preview(json.dumps(values, default=str))
		self.assertIn("no_such", " ".join(found["problems"]))

	def test_a_document_that_keeps_what_it_writes_is_not_tried_for_good(self):
		with self.assertRaises(dry_run.WouldCommit), dry_run.nothing_kept():
			make.brand(name=self.name)
			frappe.db.commit()
		frappe.db.commit()  # works again
		self.assertFalse(frappe.db.exists("Brand", self.name))


class TestOrders(CommerceTestCase, Previewed):
	FIELDS = ("id", "currency", "total", "customer.id", "customer.name", "lines[].id", "lines[].sku",
		"lines[].quantity", "lines[].unit_price")  # fmt: skip

	def record(self, sku: str, total: str = "20.00", **values: Any) -> dict[str, Any]:
		line = {"id": "L", "sku": sku, "quantity": 2, "unit_price": "10.00"}
		buyer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		return {
			"id": make.unique("o"),
			"currency": "USD",
			"total": total,
			"customer": buyer,
			"lines": [line],
			**values,
		}

	def test_an_order_is_booked_for_a_try(self):
		self.flow(
			"Sales Order",
			[make.row(name, name) for name in self.FIELDS],
			purpose="Order",
			remote_entity="order",
		)
		self.outside(
			self.record(self.first),
			self.record(self.first, total="21.00"),
			self.record("NO-SUCH-ARTICLE"),
			self.record(self.first, currency=None),
		)
		orders, series = frappe.db.count("Sales Order"), frappe.db.sql("SELECT * FROM `tabSeries`")
		found = self.preview()
		self.assertEqual([one["action"] for one in found], ["create", "hold", "hold", "fail"], found)
		self.assertEqual(found[0]["values"]["lines"][0]["sku"], self.first)
		self.assertEqual(found[0]["done"], [{"action": "create", "doctype": "Sales Order", "name": None}])
		for one, said in zip(found[1:], ("1", "NO-SUCH-ARTICLE", "currency"), strict=True):
			self.assertIn(said, one["error"])
		frappe.db.commit()
		self.assertEqual(frappe.db.count("Sales Order"), orders)
		self.assertEqual(frappe.db.sql("SELECT * FROM `tabSeries`"), series)
