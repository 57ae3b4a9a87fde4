"""A system that rounds numbers and reorders rows never makes a change go back and forth."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.mapping.merge import ERPNEXT, HOLD, NEWEST, OUTSIDE, PER_FIELD
from erp_connect.inbound import process
from erp_connect.pull import run
from erp_connect.store import sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.shop import PAGES, Shop

FLOW = "Contacts both ways"


class PickyShop(Shop):
	"""Rounds what is spent to whole numbers, sorts phone numbers, and writes names in capitals."""

	def _post(self, kind: str, id_: str, body: Any) -> tuple[int, Any]:
		return super()._post(kind, id_, self._own_way(body))

	def _put(self, kind: str, id_: str, body: Any) -> tuple[int, Any]:
		return super()._put(kind, id_, self._own_way(body))

	def _own_way(self, body: dict[str, Any]) -> dict[str, Any]:
		phones = sorted(body.get("phones") or [], key=lambda row: row["number"])
		return {**body, "name": (body.get("name") or "").upper(), "phones": phones}


class TestEcho(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.shop = PickyShop()
		self.addCleanup(self.shop.stop)
		make.account(self.shop.url)

	def flow(self, policy: str, **values) -> None:
		frappe.get_doc(
			{
				"doctype": "Field Mapping",
				"mapping_name": FLOW,
				"integration": make.ACCOUNT,
				"document_type": "Contact",
				"direction": "Both",
				"table_rows": "Remove",
				"remote_entity": "people",
				"requests": make.rest("/people"),
				"rows": [
					make.row("first_name", "name"),
					make.row("designation", "title"),
					make.row("phone_nos[].phone", "phones[].number"),
				],
				"send_nulls": 1,
				"external_id_expression": "data.id",
				"conflict_policy": policy,
				"pull_path": "/people",
				**PAGES,
				**values,
			}
		).insert()
		self.commit()

	def cycles(self, count: int = 10) -> None:
		for _ in range(count):
			self.later(3600)
			self.deliver()
			sync_cursor.make_due(FLOW)
			self.commit()
			run.run(FLOW)
			process.process(make.ACCOUNT)

	def contact(self):
		return frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": make.unique("Ada"),
				"designation": "Dr",
				"phone_nos": [{"phone": "900"}, {"phone": "100"}],
			}
		).insert()

	def test_one_edit_is_one_call_whatever_the_other_side_makes_of_it(self):
		versions = {"inbound_version_expression": "version", "answer_version_expression": "data.version"}
		for policy in (HOLD, OUTSIDE, ERPNEXT, PER_FIELD):
			# Per field, the newest wins where a row does not say who: that takes a version.
			for values in ({}, versions) if policy != PER_FIELD else (versions,):
				with self.subTest(policy=policy, version=bool(values)):
					frappe.delete_doc("Field Mapping", FLOW, force=True, ignore_missing=True)
					self.flow(policy, **values)
					doc = self.contact()
					self.cycles(2)
					posts, puts = self.shop.count("POST"), self.shop.count("PUT")
					doc.reload()
					doc.designation = "Prof"
					doc.append("phone_nos", {"phone": "500"})
					doc.save()
					self.cycles()
					self.assertEqual(
						(self.shop.count("POST"), self.shop.count("PUT")), (posts, puts + 1), self.history()
					)
					self.assertEqual(self.events(status="On Hold"), [])
					record = self.shop.things["people"][self.links(document_name=doc.name)[0].external_id]
					self.assertEqual(
						(record["title"], [row["number"] for row in record["phones"]]),
						("Prof", ["100", "500", "900"]),
					)

	def test_an_edit_outside_is_taken_once(self):
		self.flow(NEWEST, inbound_version_expression="modified")
		doc = self.contact()
		self.cycles(2)
		id_ = self.links(document_name=doc.name)[0].external_id
		self.shop.change("people", id_, title="Sir")
		self.cycles()
		self.assertEqual(self.shop.count("PUT"), 0, self.history())
		self.assertEqual(frappe.db.get_value("Contact", doc.name, "designation"), "Sir")
