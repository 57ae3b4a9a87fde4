"""The worked example of docs/adding-a-system.md: a system that is one JSON file in a folder of another app."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import flt

from erp_connect.api import accounts, presets
from erp_connect.config import preset_files
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shop_case import article
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.bench.systems.system_case import SystemCase
from erp_connect.tests.bench.systems.woocommerce_case import ledger
from erp_connect.tests.fakes.harbour import KEY, NUMBER, Harbour, Order

# As an app writes it into its hooks.py.
PLACE = "tests/harbour_app/systems"
ROPE, LAMP = "HARBOUR-ROPE", "HARBOUR-LAMP"


def entries(company: str) -> dict[str, str]:
	warehouse = frappe.db.get_value(
		"Warehouse", {"company": company, "is_group": 0, "warehouse_name": "Stores"}
	)
	return {
		"shop": NUMBER,
		"access_key": KEY,
		"warehouse": warehouse,
		"tax_account": ledger(company, "Shop Sales Tax", "Tax", "Duties and Taxes"),
		"charges_account": ledger(company, "Shop Freight", "Chargeable", "Direct Income"),
		"stock_warehouse": warehouse,
	}


def line(number: int, sku: str, pieces: int, amount: str) -> str:
	return f'<line no="{number}"><sku>{sku}</sku><title>{sku}</title><pieces>{pieces}</pieces><sum>{amount}</sum></line>'


class TestHarbour(SystemCase):
	system = System("Harbour Goods", Harbour, entries)

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		article(ROPE)
		article(LAMP)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		hooks = frappe.get_hooks

		def with_app(hook: str | None = None, *given: Any, **named: Any) -> Any:
			if hook == preset_files.HOOK and named.get("app_name") == "erp_connect":
				return [PLACE]
			return hooks(hook, *given, **named)

		self.enterContext(patch.object(frappe, "get_hooks", with_app))

	def order(
		self, number: int, *lines: str, tax: str = "2.90", total: str = "31.90", day: int = 20
	) -> Order:
		mail = f"keeper{frappe.generate_hash(length=8)}@example.com"
		order = Order(
			f"H-{number}-{frappe.generate_hash(length=6)}",
			f"2026-11-{day}T10:{number:02}:00Z",
			f"<number>{number}</number><placed>2026-11-{day}T09:58:00Z</placed><currency>USD</currency>"
			f'<buyer id="{mail}"><name>Ada &amp; Sons</name><mail>{mail}</mail></buyer>'
			'<ship-to country="US"><street>Quay 1</street><town>Boston</town><code>02110</code></ship-to>'
			f"<lines>{''.join(lines or (line(1, ROPE, 2, '25.00'),))}</lines>"
			f'<carriage by="Barge">4.00</carriage><tax name="Sales tax" rate="10">{tax}</tax><total>{total}</total>',
		)
		self.fake.orders.append(order)
		return order

	def test_it_is_offered_and_a_wrong_key_is_told(self):
		self.assertIn("Harbour Goods", [option["value"] for option in presets.options()])
		self.connect("Orders", entries={"access_key": "another"})
		told = accounts.test_connection(self.account)
		self.assertFalse(told["ok"])
		self.assertEqual(told["status"], 401)
		doc = frappe.get_doc("Integration Settings", self.account)
		(row,) = (row for row in doc.parameters if row.key == "X-Harbour-Key")
		row.secret = KEY
		doc.save()
		self.assertTrue(accounts.test_connection(self.account)["ok"])

	def test_orders_over_pages_come_to_the_cent_and_then_only_what_changed(self):
		self.connect("Orders")
		self.in_small_pages("Orders")
		orders = [self.order(number) for number in range(4)]
		# Of a list with one element, XML does not tell that it is a list: the last page and most orders have one.
		orders.append(
			self.order(5, line(1, ROPE, 1, "12.50"), line(2, LAMP, 1, "80.00"), tax="9.65", total="106.15")
		)
		self.pull("Orders")
		self.assertEqual(
			[asked["page"] for asked in self.fake.asked], ["1", "2", "3", "1", "2"]
		)  # those before the last are looked at again
		for order in orders:
			doc = self.linked("order", order.id)
			total = order.body.partition("<total>")[2].partition("<")[0]
			self.assertEqual((doc.docstatus, flt(doc.grand_total, 2)), (1, flt(total)))
		self.assertEqual(
			[(row.item_code, row.qty, row.amount) for row in doc.items], [(ROPE, 1, 12.5), (LAMP, 1, 80)]
		)
		self.assertEqual(
			sorted((row.charge_type, row.tax_amount) for row in doc.taxes), [("Actual", 4), ("Actual", 9.65)]
		)
		self.assertEqual(doc.customer_name, "Ada & Sons")
		self.assertIn("Quay 1", doc.shipping_address)
		self.fake.asked.clear()
		later = self.order(6, day=24)
		self.pull("Orders")
		self.assertEqual(flt(self.linked("order", later.id).grand_total, 2), 31.9)
		self.assertTrue(all(asked["changed-after"] for asked in self.fake.asked))
		self.assert_all_done()

	def test_no_orders_are_no_records(self):
		self.connect("Orders")
		self.pull("Orders")
		self.assertEqual(self.events(), [])

	def test_stock_goes_out_in_xml_and_what_is_refused_is_told(self):
		self.connect("Stock")
		self.fake.known.add(ROPE)
		make.receipt(ROPE, 3)
		self.send()
		held = frappe.db.get_value(
			"Bin",
			{"item_code": ROPE, "warehouse": entries(self.company)["stock_warehouse"]},
			["actual_qty", "reserved_qty"],
		)
		self.assertEqual(self.fake.stock, {ROPE: int(held[0] - held[1])})
		self.assertIn(f"<stock><sku>{ROPE}</sku>".encode(), self.fake.bodies[-1])
		self.assert_all_done()
		make.receipt(LAMP, 1)  # which the shop does not have
		self.send()
		(refused,) = self.events(status="Failed")
		self.assertIn(f"No article {LAMP}", frappe.db.get_value("Sync Log", refused.name, "error"))

	def test_a_busy_shop_is_asked_later(self):
		self.connect("Stock")
		self.fake.known.add(ROPE)
		self.fake.busy = 1
		make.receipt(ROPE, 1)
		self.send()
		self.assertEqual(self.fake.stock, {})
		self.assertNotIn("Failed", self.statuses())
