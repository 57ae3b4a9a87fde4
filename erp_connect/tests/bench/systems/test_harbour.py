"""The worked example of docs/adding-a-system.md: a system that is one JSON file in a folder of another app."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import flt

from erp_connect.api import accounts, presets
from erp_connect.config import preset_files
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import exchange_rate, one_account_for_all
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems import other_app
from erp_connect.tests.bench.systems.shop_case import NO_PAYOUTS, article, ledger
from erp_connect.tests.bench.systems.system import CATALOGUE_OUT, Said, System, proves
from erp_connect.tests.bench.systems.system_case import SystemCase
from erp_connect.tests.fakes.harbour import KEY, NUMBER, SECRET, Harbour, Order

ROPE, LAMP = "HARBOUR-ROPE", "HARBOUR-LAMP"


def entries(company: str) -> dict[str, str]:
	warehouse = frappe.db.get_value(
		"Warehouse", {"company": company, "is_group": 0, "warehouse_name": "Stores"}
	)
	return {
		"shop": NUMBER,
		"access_key": KEY,
		"webhook_secret": SECRET,
		"payment_account": ledger(company, "Shop Bank", "Bank", "Bank Accounts"),
		"warehouse": warehouse,
		"tax_account": ledger(company, "Shop Sales Tax", "Tax", "Duties and Taxes"),
		"charges_account": ledger(company, "Shop Freight", "Chargeable", "Direct Income"),
		"stock_warehouse": warehouse,
	}


def line(number: int, sku: str, pieces: int, amount: str) -> str:
	return f'<line no="{number}"><sku>{sku}</sku><title>{sku}</title><pieces>{pieces}</pieces><sum>{amount}</sum></line>'


NOT_IN_EXAMPLE = (
	"the shop of the [worked example](adding-a-system.md#a-worked-example-a-shop-that-speaks-xml) has no such call; where a "
	"shop has one, it is written as in the [example in JSON](adding-a-system.md#a-shop-of-your-own-in-json)"
)
HARBOUR = System(
	"Harbour Goods",
	Harbour,
	entries,
	title="Custom shop (example in XML)",
	not_offered={
		**NO_PAYOUTS,
		"Webhooks registered and removed": "its webhooks are entered by hand",
		"Token expired": "its keys do not expire",
	},
	said=dict.fromkeys(
		(
			"Customers in",
			"Products in",
			"Variants in",
			"Deletions told",
			"Prices with tax",
			"Fulfilments in",
			"Refund with restock",
			"Refund without restock",
			"Refunds out",
			*(one for one in CATALOGUE_OUT if one != "Stock out"),
			"Order status out",
			"Tracking out",
		),
		Said("not in the example", NOT_IN_EXAMPLE),
	),
)


class TestHarbour(SystemCase):
	system = HARBOUR

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		article(ROPE)
		article(LAMP)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.enterContext(other_app.installed())

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

	@proves("Installed by entries alone", "Wrong credentials told")
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

	@proves("Orders in", "Several pages", "Changes only", "Discounts, shipping, fees")
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

	@proves("Stock out")
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

	@proves("Throttled")
	def test_a_busy_shop_is_asked_later(self):
		self.connect("Stock")
		self.fake.known.add(ROPE)
		self.fake.busy = 1
		make.receipt(ROPE, 1)
		self.send()
		self.assertEqual(self.fake.stock, {})
		self.assertNotIn("Failed", self.statuses())

	@proves("Error 500 survived", "Answer lost after the work was done")
	def test_a_broken_shop_and_a_lost_answer(self):
		self.connect("Orders", "Stock")
		self.fake.known.add(ROPE)
		self.fake.lost = 1
		make.receipt(ROPE, 1)
		self.send()
		told = dict(self.fake.stock)
		self.later()
		self.send()
		self.assertEqual((self.fake.stock, len(self.fake.bodies)), (told, 2), self.history())
		order = self.order(1)
		self.fake.broken = 1
		self.assertEqual(self.pull("Orders").status, "Retrying", self.history())
		frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
		self.pull("Orders")
		self.assertEqual(self.linked("order", order.id).docstatus, 1)

	@proves("Payment in", "Refund of an amount", "Refunds compared", "Compared equal")
	def test_what_was_paid_and_given_back_is_booked_and_compared(self):
		self.connect("Orders", "Payments", "Refunds")
		order = self.order(1)
		money = '<paid id="P-{0}" at="2026-11-20T10:02:00Z">31.90</paid><refund id="R-{0}" at="2026-11-21T10:00:00Z">7.00</refund>'
		self.fake.change(order, body=order.body + money.format(order.id))
		for flow in ("Orders", "Payments", "Refunds"):
			self.pull(flow)
		self.assert_all_done()
		doc = self.linked("order", order.id)
		self.assertEqual(self.linked("payment", f"P-{order.id}").paid_amount, 31.9)
		back = frappe.get_all(
			"Payment Entry",
			{"payment_type": "Pay", "party": doc.customer, "docstatus": 1},
			pluck="paid_amount",
		)
		self.assertEqual(back, [7.0], self.history())
		self.assertEqual([self.compared(flow) for flow in ("Payments", "Refunds")], [(0, 0, 0, 0)] * 2)
		(paid,) = self.fake.orders
		self.fake.change(paid, body=paid.body.replace(">7.00<", ">9.00<"))
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0))

	@proves("Order changed", "Order cancelled", "Tax of several rates")
	def test_an_order_that_is_changed_and_then_cancelled(self):
		self.connect("Orders", "Cancellations")
		order = self.order(1)
		self.pull("Orders")
		body = order.body.replace("<pieces>2<", "<pieces>3<").replace("<sum>25.00<", "<sum>37.50<")
		body = body.replace("<tax", '<tax name="Harbour dues" rate="5">1.00</tax><tax').replace(
			"2.90", "4.15"
		)
		order = self.fake.change(order, changed="2026-11-22T10:00:00Z", body=body.replace("31.90", "46.65"))
		self.pull("Orders")
		doc = self.linked("order", order.id)
		self.assertEqual((doc.items[0].qty, flt(doc.grand_total, 2)), (3, 46.65), self.history())
		self.assertEqual(sorted(tax.tax_amount for tax in doc.taxes), [1, 4, 4.15])
		self.fake.change(order, changed="2026-11-23T10:00:00Z", state="cancelled")
		self.pull("Cancellations")
		self.assertEqual(self.linked("order", order.id).docstatus, 2, self.history())

	@proves(
		"Orders in by webhook", "Webhook with a changed byte refused", "Webhook that is stale refused", "Webhook twice, one effect",
	)  # fmt: skip
	def test_webhooks_in_xml_are_proved_and_have_one_effect(self):
		self.connect("Orders")
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		# The process that serves the site does not have the other app: it is told the scheme of its file.
		scheme = preset_files.load_all()[self.system.preset].webhooks.schemes["harbour"]
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update(
			{
				"verification": "custom",
				"verification_scheme": json.dumps(scheme),
				"verification_secret": SECRET,
			}
		)
		doc.save()
		self.commit()
		address, order = f"{self.site.url}{HOOK}{key}", self.order(1)
		statuses = [
			self.fake.tell(address, order, "D-1", secret="another"),
			self.fake.tell(address, order, "D-1", age=3600),
			self.fake.tell(address, order, "D-1"),
			self.fake.tell(address, order, "D-1"),
		]
		self.assertEqual(statuses, [401, 401, 200, 200], self.history())
		self.work()
		self.assertEqual(self.linked("order", order.id).docstatus, 1)
		self.assertEqual(len(self.events()), 1, self.history())

	@proves("Years loaded in windows", "Several currencies")
	def test_years_are_loaded_in_windows_in_the_currencies_of_their_buyers(self):
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("EUR", 1.1)
		self.connect("Orders")
		orders = []
		for day in ("2026-06-03", "2026-08-01", "2026-11-02"):
			order = self.order(len(orders))
			orders.append(
				self.fake.change(order, body=order.body.replace("2026-11-20T09:58", f"{day}T09:58"))
			)
		load = self.load("Orders", "2026-06-01T00:00:00Z")
		self.assertEqual((load.status, load.queued), ("Completed", 3), self.history())
		self.assertGreater(len([asked for asked in self.fake.asked if asked.get("placed-from")]), 3)
		order = self.order(4, day=24)
		# The shop's times, whatever day it is for the site.
		now = datetime.now(timezone.utc)
		placed = now.strftime("%Y-%m-%dT%H:%M:00Z")
		body = order.body.replace("2026-11-24T09:58:00Z", placed).replace(">USD<", ">EUR<")
		orders.append(
			self.fake.change(
				order, body=body, changed=(now + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")
			)
		)
		self.pull("Orders")
		found = [self.linked("order", order.id) for order in orders]
		self.assertEqual([doc.currency for doc in found], ["USD", "USD", "USD", "EUR"])
		self.assertEqual({flt(doc.grand_total, 2) for doc in found}, {31.9})

	@proves("Two accounts never mixed")
	def test_two_accounts_in_two_companies_with_the_same_ids(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		company = other_company()
		order = self.order(1)
		second.orders.append(replace(order, body=order.body.replace("keeper", "other")))
		found = {}
		for name, fake, of in (("First Shop", self.fake, self.company), ("Second Shop", second, company)):
			self.connect("Orders", name=name, fake=fake, company=of)
			self.pull("Orders")
			doc = self.linked("order", order.id)
			self.assertEqual(doc.company, of)
			found[name] = doc.name
		self.assertEqual(len(set(found.values())), 2)
