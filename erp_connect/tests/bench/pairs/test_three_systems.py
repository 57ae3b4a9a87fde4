"""One customer known to a shop, a CRM and a payment provider: one document, three links, and each change told once."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase, at_once
from erp_connect.tests.fakes.fault_server import Reply

SYSTEMS = {"shop": "shop-key-000001", "crm": "crm-key-0000002", "pay": "pay-key-0000003"}


class TestThreeSystems(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		for system, key in SYSTEMS.items():
			self.make_account(system, key)
			make.flow(
				"Customer",
				[
					make.request("Insert", "POST", f"/{system}/customers"),
					make.request("Update", "PUT", f"/{system}/customers/{{external_id}}"),
				],
				[
					make.row("customer_name", "name"),
					make.row("tax_id", "tax", is_match_key=1, required=1),
					make.row("website", "site"),
				],
				name=f"Customers of {system}",
				integration=system,
				direction="Both",
				remote_entity="customer",
				external_id_expression="id",
			)
		self.commit()
		self.tax = frappe.generate_hash(length=10)

	def upsert(self, system: str, **values: Any) -> dict[str, Any]:
		"""A call that a system makes about the customer as it knows him; its id is its own."""
		record = {"id": f"{system}-{self.tax}", "tax": self.tax, "name": f"Acme {self.tax}", **values}
		return self.ok(
			self.call("upsert", {"entity": "customer", "record": record}, headers={"X-Api-Key": SYSTEMS[system]}),
			200, 201,
		)  # fmt: skip

	def send(self) -> dict[str, list[tuple[str, dict]]]:
		"""Deliver all; what each system was told by it."""
		before = len(self.arrived())
		for system in SYSTEMS:
			self.deliver(system)
		told: dict[str, list] = {system: [] for system in SYSTEMS}
		for one in self.arrived()[before:]:
			told[one.path.split("/")[1]].append((one.method, one.json))
		return told

	def know(self) -> str:
		"""The customer comes from all three, and what each knows has reached the others. His name here."""
		for system in SYSTEMS:
			# Each answers a customer that it is told with its own id of him, as who finds him by his tax id.
			self.receiver.script(f"/{system}/customers", *[Reply(200, {"id": f"{system}-{self.tax}"})] * 3)
		names = {self.upsert(system)["name"] for system in SYSTEMS}
		self.assertEqual(len(names), 1)
		self.send()
		self.assertEqual(self.send(), {system: [] for system in SYSTEMS})
		return names.pop()

	def outside(self, name: str) -> dict[str, str]:
		frappe.db.rollback()
		rows = frappe.get_all(
			"Sync Link", {"document_type": "Customer", "document_name": name}, ["integration", "external_id"]
		)
		return {row.integration: row.external_id for row in rows}

	def test_one_document_with_three_links(self):
		name = self.know()
		self.assertEqual(self.count("Customer", tax_id=self.tax), 1)
		self.assertEqual(self.outside(name), {system: f"{system}-{self.tax}" for system in SYSTEMS})

	def test_a_change_from_one_reaches_the_other_two_once(self):
		name = self.know()
		for number, system in enumerate(SYSTEMS):
			site = f"https://{number}.example.com"
			self.assertEqual(self.upsert(system, site=site)["action"], "updated")
			told = self.send()
			others = [other for other in SYSTEMS if other != system]
			self.assertEqual(told[system], [])
			for other in others:
				((method, body),) = told[other]
				self.assertEqual((method, body["site"]), ("PUT", site))
			# They tell of the change in turn, as their webhooks do: nobody is told again.
			for other in others:
				self.assertEqual(self.upsert(other, site=site)["action"], "unchanged")
			self.assertEqual(self.send(), {one: [] for one in SYSTEMS})
		self.assertEqual(frappe.db.get_value("Customer", name, "website"), "https://2.example.com")

	def test_a_change_here_reaches_all_three_once(self):
		doc = frappe.get_doc("Customer", self.know())
		doc.website = "https://here.example.com"
		doc.save()
		told = self.send()
		self.assertEqual({system: [body["site"] for _, body in calls] for system, calls in told.items()},
			dict.fromkeys(SYSTEMS, ["https://here.example.com"]))  # fmt: skip

	def test_all_three_tell_of_him_in_the_same_moment(self):
		systems = list(SYSTEMS)
		for system in SYSTEMS:
			self.receiver.script(f"/{system}/customers", *[Reply(200, {"id": f"{system}-{self.tax}"})] * 3)
		names = {answer["name"] for answer in at_once(3, lambda number: self.upsert(systems[number]))}
		self.assertEqual((len(names), self.count("Customer", tax_id=self.tax)), (1, 1))
		self.send()
		self.assertEqual(self.outside(names.pop()), {system: f"{system}-{self.tax}" for system in SYSTEMS})
