"""OpenCart in its versions: the status of orders goes to the shop, whatever goes wrong on the way."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from erp_connect.api import presets
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.opencart_case import OpenCartCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.troubles import Trouble

VERSIONS = ("3.0", "4.0.1", "4.0", "4.1")


class TestOrders(OpenCartCase):
	def delivered(self, number: int = 71) -> None:
		note = make_delivery_note(self.order(number).name)
		note.update({"lr_no": "TRK & 1", "transporter_name": 'O\'Hara "Post"'})
		note.insert().submit()
		self.send()

	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		told = presets.describe("OpenCart")
		for version in VERSIONS:
			self.version(version, *(flow["value"] for flow in told["flows"]), name=f"Shop {version}")
		self.assertTrue(all(asked["help"] for asked in told["inputs"]))

	@proves("Order status out", "Tracking out")
	def test_an_order_that_was_delivered_is_told_to_each_version(self):
		for number, version in enumerate(VERSIONS, 71):
			with self.subTest(version=version):
				self.version(version, "Order status", "Shipping notes", name=f"Shop {version}")
				self.delivered(number)
				told = sorted((one["order_status_id"], one["comment"]) for one in self.fake.histories[number])
				self.assertEqual(told, [("3", 'Shipped O\'Hara "Post" TRK & 1'), ("5", "")], self.history())
		self.assert_all_done()

	def test_a_note_of_several_orders_says_so_and_one_with_other_rows_is_told(self):
		self.version("4.1", "Shipping notes")
		first = self.order(71)
		second = self.order(72, customer=first.customer)
		note = make_delivery_note(first.name)
		note.items[0].qty = 1
		row = {
			"item_code": note.items[0].item_code,
			"qty": 1,
			"rate": 5,
			"warehouse": note.items[0].warehouse,
		}
		note.set("items", [row, *note.items])
		note.insert().submit()
		self.send()
		self.assertEqual([one["order_status_id"] for one in self.fake.histories[71]], ["3"], self.history())
		both = make_delivery_note(second.name)
		both.append("items", {**row, "against_sales_order": first.name, "so_detail": first.items[0].name})
		both.insert().submit()
		self.send()
		(event,) = self.events(status="Failed") or self.fail(self.history())
		self.assertIn("several orders of the shop (72, 71)", event.error)
		self.assertEqual(self.fake.histories[72], [])

	def test_an_account_of_before_that_knows_its_login_only_goes_on(self):
		self.version("4.0", "Order status")
		frappe.db.delete(
			"Integration Input", {"parent": self.account, "key": ("in", ["version", "history_route"])}
		)
		frappe.db.commit()
		frappe.clear_cache(doctype="Integration Settings")
		self.order().cancel()
		self.send()
		self.assertEqual(len(self.fake.histories[71]), 1, self.history())

	def test_an_order_that_is_cancelled(self):
		self.version("4.1", "Order status")
		self.order().cancel()
		self.send()
		self.assertEqual([one["order_status_id"] for one in self.fake.histories[71]], ["7"], self.history())

	@proves("Wrong credentials told")
	def test_a_wrong_key_is_told(self):
		for version in VERSIONS:
			with self.subTest(version=version):
				self.version(version, "Order status", name=f"Shop {version}", entries={"api_key": "x" * 32})
				self.order().cancel()
				self.send()
				self.assertEqual(self.fake.histories[71], [])
				self.assert_told()

	def assert_told(self) -> None:
		"""The account is paused with a reason, or the event says why it failed."""
		row = frappe.db.get_value(
			"Integration Settings", self.account, ["paused", "pause_reason"], as_dict=True
		)
		failed = self.events(integration=self.account, status="Failed")
		self.assertTrue((row.paused and row.pause_reason) or failed, self.history())

	@proves("Token expired")
	def test_a_session_that_ended_is_begun_anew(self):
		for number, version in ((71, "3.0"), (72, "4.0"), (73, "4.0.1")):
			with self.subTest(version=version):
				self.version(version, "Order status", name=f"Shop {version}")
				first, second = self.order(number), self.order(number + 10)
				first.cancel()
				self.send()
				self.fake.sessions.clear()
				second.cancel()
				self.send()
				self.assertEqual(len(self.fake.histories[number + 10]), 1, self.history())
		self.assert_all_done()

	def test_an_order_that_the_shop_does_not_have_is_told(self):
		self.version("3.0", "Order status")
		order = self.order()
		del self.fake.histories[71]
		order.cancel()
		self.send()
		failed = self.events(status="Failed")
		self.assertTrue(
			failed and all("could not be found" in str(event) for event in failed), self.history()
		)

	@proves("Error 500 survived")
	def test_a_status_whatever_goes_wrong_on_the_way(self):
		# The shop works twice where an answer is lost: it knows no key for repeated requests.
		for number, how, works in ((71, {"status": 500}, 1), (72, {"lose_answer": True}, 2)):
			with self.subTest(how=how):
				self.version("4.1", "Order status", name=f"Shop {number}")
				self.order(number).cancel()
				self.fake.troubles.append(Trouble("POST", "/index.php", **how))
				self.send()
				self.later()
				self.send()
				told = {one["order_status_id"] for one in self.fake.histories[number]}
				self.assertEqual((told, len(self.fake.calls)), ({"7"}, works), self.history())
		self.assert_all_done()

	@proves("Two accounts never mixed")
	def test_two_shops_with_the_same_ids(self):
		shops: dict[str, Any] = {}
		for name, company, cancelled in (
			("First", self.company, "12"),
			("Second", other_company(), "16"),
		):
			entries = {"cancelled_status": cancelled}
			self.version(
				"4.1", "Order status", name=name, company=company, entries=entries, beside=bool(shops)
			)
			shops[name] = self.fake
			self.fake.histories[71] = []
		first, second = self.order(account="First"), self.order(account="Second", company=other_company())
		self.assertEqual([one.company for one in (first, second)], [self.company, other_company()])
		told = []
		for order in (second, first):
			order.cancel()
			for name in shops:
				self.deliver(name)
			told.append(
				{name: [one["order_status_id"] for one in fake.histories[71]] for name, fake in shops.items()}
			)
		self.assertEqual(
			told, [{"First": [], "Second": ["16"]}, {"First": ["12"], "Second": ["16"]}], self.history()
		)
		self.assert_all_done()
