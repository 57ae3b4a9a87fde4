"""Every field of the calls for hooks, reports and offers counts, and no call of the API is left out of such a walk."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

import frappe

from erp_connect.api.v1 import hooks, reports
from erp_connect.api.v1.offers import OffersIn, TakeOfferIn
from erp_connect.api.v1.parcels import CreateShipmentIn
from erp_connect.served import background
from erp_connect.served.endpoint import OPERATIONS
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_accepted_fields import leaves
from erp_connect.tests.bench.served.test_accepted_reads import NEVER, AcceptedReadsCase


class TestHooks(AcceptedReadsCase):
	def setUp(self) -> None:
		super().setUp()
		rows = [make.row("brand", "name"), make.row("description", "text")]
		for entity in ("brand", "label"):
			make.flow(
				"Brand",
				[],
				rows,
				name=entity,
				direction="Incoming",
				remote_entity=entity,
				inbound_id_expression="id",
			)
		make.flow(
			"Customer", [], [make.row("customer_name", "name")], direction="Incoming", remote_entity="customer",
			inbound_id_expression="id",
		)  # fmt: skip
		for text in ("one", "two"):
			make.brand(text)
		self.commit()

	def test_sample(self):
		changes = {"entity": {"entity": "customer"}, "event": {"event": "created"}, "limit": {"limit": 1}}
		self.assert_each_counts("sample", hooks.SampleIn, {"entity": "brand", "limit": 2}, changes)

	def test_subscribe_and_unsubscribe(self):
		base = {"entity": "brand", "event": "created", "target_url": self.receiver.url("/hooks/1")}
		changes = {
			"entity": {"entity": "customer"},
			"event": {"event": "deleted"},
			"target_url": {"target_url": self.receiver.url("/hooks/2")},
		}
		self.assertEqual(set(leaves(hooks.SubscribeIn)), set(changes))
		first = self.ok(self.call("subscribe", base), 201)
		for field, change in changes.items():
			with self.subTest(field):
				other = self.ok(self.call("subscribe", {**base, **change}), 201)
				self.assertNotEqual(other["id"], first["id"])
		self.assertEqual(set(leaves(hooks.UnsubscribeIn)), {"id"})
		self.ok(self.call("unsubscribe", {"id": first["id"]}))
		left = self.ok(self.call("subscriptions"))["subscriptions"]
		self.assertNotIn(first["id"], [one["id"] for one in left])
		self.assertEqual(len(left), 3)


class TestReports(AcceptedReadsCase):
	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text")], direction="Incoming", remote_entity="brand"
		)  # fmt: skip
		self.begin = make.unique("Walked")
		for number in range(3):
			make.brand(name=f"{self.begin} {number}")
		query = (
			"SELECT name AS `Brand:Link/Brand:120` FROM `tabBrand` WHERE name LIKE %(begin)s ORDER BY name"
		)
		self.report = make.query_report("Brand", query).name
		other = make.query_report("Brand", "SELECT 1 AS `One:Int`").name
		make.offer(self.report, other)
		self.other = {"report": other}
		self.commit()

	def test_report(self):
		base = {"report": self.report, "filters": {"begin": f"{self.begin}%"}, "limit": 2}
		following = self.answer("report", base)[1]["next"]
		changes = {
			"report": self.other,
			"filters": {"filters": {"begin": "nothing"}},
			"limit": {"limit": 1},
			"after": {"after": following},
		}
		self.assert_each_counts("report", reports.ReportIn, base, changes)

	def test_export(self):
		"""What the file of each format holds: test_reports_api."""
		told = {"entity", "report", "format", "filters", "modified_after", "modified_from", "with_tables"}
		self.assertEqual(set(leaves(reports.ExportIn)), told)
		records = {"entity": "brand", "filters": {"brand": f"{self.begin} 1"}}
		for given, rows in (
			({"entity": "brand", "modified_after": NEVER}, 0), ({"entity": "brand", "modified_from": NEVER}, 0), (records, 1),
			({"report": self.report, "filters": {"begin": f"{self.begin}%"}}, 3),
		):  # fmt: skip
			with self.subTest(given):
				job = self.ok(self.call("export", given), 202)["job"]
				frappe.db.commit()
				background.run(job)
				frappe.db.rollback()
				self.assertEqual(self.ok(self.call("export_state", {"job": job}))["rows"], rows)
		for field, value in (("format", "pdf"), ("with_tables", "perhaps")):
			self.refused(self.call("export", {"entity": "brand", field: value}), 422, "invalid")

	def test_a_job_is_named_by_its_number(self):
		self.assertEqual(set(leaves(reports.ExportJobIn)), {"job"})
		for call in ("export_state", "export_file"):
			self.refused(self.call(call, {"job": "no such job"}), 404)


class TestOffers(AcceptedReadsCase):
	def test_what_is_asked_and_taken(self):
		"""That each of them counts: test_offers_api."""
		self.assertEqual(set(leaves(OffersIn)), {"doctype", "name", "account"})
		self.assertEqual(set(leaves(TakeOfferIn)), {"doctype", "name", "offer"})

	def test_what_a_shipment_is_made_of(self):
		"""That each of them counts: test_shipments_api."""
		parcel = {f"parcels.{name}" for name in ("weight", "length", "width", "height", "count")}
		said = {"delivery_note", "content", "carrier_service", "service_provider", *parcel}
		when = {"pickup_date", "pickup_from", "pickup_to", "pickup_address", "delivery_address", "contact"}
		self.assertEqual(set(leaves(CreateShipmentIn)), said | when)


class TestEveryModel(unittest.TestCase):
	def test_every_call_that_takes_fields_is_walked(self):
		"""The fields of each model are compared with what is said of their effect, here or in another `test_accepted_` file."""
		folder = Path(__file__).parents[1]
		text = " ".join(file.read_text("utf-8") for file in folder.glob("*/test_accepted_*.py"))
		walks = r"(?:leaves|assert_shown|assert_each_counts)\([^)]*?\b{}\b"
		missing = [
			f"{call.name}: {call.model.__name__}"
			for call in OPERATIONS.values()
			if call.model.model_fields and not re.search(walks.format(call.model.__name__), text)
		]
		self.assertEqual(missing, [])
		self.assertIn("create_order", OPERATIONS)
