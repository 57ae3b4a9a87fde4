"""Orders, and what follows them, of a shop with JSON over REST that is one file of another app."""

from __future__ import annotations

import datetime as dt
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import flt

from erp_connect.api import accounts
from erp_connect.operate import webhooks
from erp_connect.tests.bench.commerce_case import exchange_rate, one_account_for_all
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.lantern_case import GLASS, WICK, LanternCase
from erp_connect.tests.bench.systems.system import proves


class TestAccount(LanternCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()

	@proves("Wrong credentials told")
	def test_a_wrong_token_is_told(self):
		self.connect("Orders", entries={"token": "another"})
		told = accounts.test_connection(self.account)
		self.assertEqual((told["ok"], told["status"]), (False, 401))

	@proves("Two accounts never mixed")
	def test_two_accounts_of_two_companies_with_the_same_ids(self):
		other = self.system.fake()
		self.addCleanup(other.stop)
		order = self.placed()
		mail = {**order["customer"], "id": "C-other", "email": f"other-{order['customer']['email']}"}
		other.records["orders"][order["id"]] = {**order, "customer": mail}
		found = {}
		for name, fake, of in (
			("First Shop", self.fake, self.company),
			("Second Shop", other, other_company()),
		):
			self.connect("Orders", name=name, fake=fake, company=of)
			self.pull("Orders")
			doc = self.linked("order", order["id"], name)
			self.assertEqual(doc.company, of)
			found[name] = doc.name
		self.assertEqual(len(set(found.values())), 2)


class TestOrders(LanternCase):
	@proves("Orders in", "Tax of several rates", "Discounts, shipping, fees")
	def test_an_order_comes_to_the_cent_with_everything_that_was_charged(self):
		self.connect("Orders")
		order, doc = self.came()
		self.assertEqual(
			(doc.docstatus, flt(doc.grand_total, 2)), (1, 64.5), [t.tax_amount for t in doc.taxes]
		)
		self.assertEqual(
			[(row.item_code, row.qty, row.amount) for row in doc.items], [(WICK, 2, 18), (GLASS, 1, 30)]
		)
		self.assertEqual(sorted(flt(row.tax_amount, 2) for row in doc.taxes), [0.5, 1, 5, 10])
		self.assertEqual(doc.customer_name, "Ada Voss")
		self.assertIn("Mole 4", doc.address_display)
		self.assertIn("Quay 9", doc.shipping_address)
		self.assertIn(order["number"], doc.po_no)

	@proves("Prices with tax")
	def test_prices_that_hold_the_tax(self):
		self.connect("Orders")
		line = {"id": 1, "sku": WICK, "name": "Wick", "quantity": 1, "price": 119, "discount": 0}
		taxes = [{"name": "VAT", "rate": 19, "amount": 19}]
		charges = {"shipping": [], "fees": [], "taxes": taxes, "total": 119}
		_, doc = self.came(prices_include_tax=True, lines=[line], **charges)
		self.assertEqual((flt(doc.grand_total, 2), flt(doc.net_total, 2)), (119, 100))

	@proves("Several currencies")
	def test_an_order_in_another_currency(self):
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("EUR", 1.1)
		self.connect("Orders")
		order = self.placed(currency="EUR")
		order["created_at"] = f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%dT%H:%M:00Z}"
		self.pull("Orders")
		doc = self.linked("order", order["id"])
		self.assertEqual((doc.currency, flt(doc.grand_total, 2)), ("EUR", 64.5))

	@proves("Several pages", "Changes only")
	def test_pages_and_then_changes_only(self):
		self.connect("Orders")
		self.in_small_pages("Orders")
		orders = [self.placed() for _ in range(5)]
		self.pull("Orders")
		self.assertEqual(len(self.links(remote_entity="order")), 5, self.history())
		pages = {query["page"] for _, path, query, _ in self.fake.calls if path == "/api/orders"}
		self.assertEqual(pages, {"1", "2", "3"})
		before = len(self.fake.calls)
		self.fake.change("orders", orders[0]["id"], note="Later")
		self.pull("Orders")
		asked = [query for _, _, query, _ in self.fake.calls[before:]]
		self.assertEqual({query["updated_since"] for query in asked}, {orders[4]["updated_at"]})
		self.assert_all_done()

	@proves("Years loaded in windows")
	def test_orders_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Orders")
		orders = [self.placed() for _ in range(3)]
		for order, day in zip(orders, ("2026-06-03", "2026-08-01", "2026-11-02"), strict=True):
			order.update(created_at=f"{day}T10:00:00Z", updated_at=f"{day}T10:00:00Z")
		load = self.load("Orders", "2026-06-01T00:00:00Z")
		self.assertEqual((load.status, load.queued), ("Completed", 3), self.history())
		late = self.placed()
		late["updated_at"] = load.up_to
		self.pull("Orders")
		for order in (*orders, late):
			self.assertEqual(self.linked("order", order["id"]).docstatus, 1)

	@proves("Order changed", "Order cancelled")
	def test_an_order_that_is_changed_and_then_cancelled(self):
		self.connect("Orders", "Cancellations")
		order, _ = self.came()
		lines = [{**order["lines"][0], "quantity": 3, "discount": 3}, order["lines"][1]]
		self.fake.change("orders", order["id"], lines=lines, total=73.5)
		self.pull("Orders")
		doc = self.linked("order", order["id"])
		self.assertEqual((doc.items[0].qty, flt(doc.grand_total, 2)), (3, 73.5), self.history())
		self.fake.change("orders", order["id"], status="cancelled")
		self.placed(status="cancelled")  # that never was here
		self.pull("Cancellations")
		self.assertEqual(self.linked("order", order["id"]).docstatus, 2, self.history())
		self.assert_all_done()

	@proves("Fulfilments in")
	def test_a_parcel_becomes_a_delivery_note(self):
		self.connect("Orders", "Fulfilments")
		order, doc = self.came()
		lines = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
		parcel = self.fake.ship(order["id"], carrier="Barge", tracking="BG-1", lines=lines)
		for _ in range(2):
			self.pull("Fulfilments")
		note = self.linked("fulfilment", parcel["id"])
		self.assertEqual(
			(note.docstatus, note.lr_no, note.transporter_name), (1, "BG-1", "Barge"), self.history()
		)
		self.assertEqual([(row.item_code, row.qty) for row in note.items], [(WICK, 1)])
		self.assertEqual(note.items[0].against_sales_order, doc.name)

	@proves("Throttled", "Error 500 survived")
	def test_a_shop_that_is_busy_or_broken_is_asked_later(self):
		self.connect("Orders")
		orders = [self.placed() for _ in range(2)]
		for status, headers in ((429, {"Retry-After": "20"}), (500, {})):
			self.fake.trouble("GET", "/api/orders", status=status, headers=headers)
			self.assertEqual(self.pull("Orders").status, "Retrying", self.history())
			self.later()
			frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
			self.assertEqual(self.pull("Orders").status, "Idle", self.history())
		self.assertEqual(len(self.links(remote_entity="order")), len(orders))


class TestMoney(LanternCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Orders", "Payments", "Refunds")
		self.order_, self.doc = self.came()
		self.payment = self.paid(self.order_)
		self.pull("Payments")

	@proves("Payment in")
	def test_a_payment_is_an_advance_of_its_order(self):
		entry = self.linked("payment", self.payment["id"])
		self.assertEqual((entry.docstatus, entry.paid_amount), (1, 64.5))
		self.assertEqual(entry.references[0].reference_name, self.doc.name)
		self.assertEqual(self.compared("Payments"), (0, 0, 0, 0), self.history())

	def given(self, **how: Any) -> list[Any]:
		"""What a refund of one wick that had left became."""
		make_delivery_note(self.doc.name).insert().submit()
		self.commit()
		line = {"line_id": self.order_["lines"][0]["id"], "quantity": 1, "amount": 9, "tax": 1.76}
		self.fake.refund(self.order_["id"], 10.76, [line], **how)
		self.pull("Refunds")
		self.assert_all_done()
		rows = {"parent": ["in", self._notes()]}
		return frappe.get_all("Delivery Note Item", rows, ["item_code", "qty"])

	def _notes(self) -> list[str]:
		back = {"is_return": 1, "customer": self.doc.customer, "docstatus": 1}
		return frappe.get_all("Delivery Note", back, pluck="name") or ["-"]

	def paid_back(self) -> float:
		back = {"payment_type": "Pay", "party": self.doc.customer, "docstatus": 1}
		return flt(sum(frappe.get_all("Payment Entry", back, pluck="paid_amount")), 2)

	@proves("Refund with restock")
	def test_pieces_that_came_back_into_stock(self):
		rows = self.given(restock=True)
		self.assertEqual([(row.item_code, row.qty) for row in rows], [(WICK, -1)])
		self.assertEqual(self.paid_back(), 10.76)

	@proves("Refund without restock")
	def test_pieces_that_stay_away(self):
		self.assertEqual(self.given(), [])
		self.assertEqual(self.paid_back(), 10.76)

	@proves("Refund of an amount", "Refunds compared")
	def test_an_amount_alone(self):
		self.fake.refund(self.order_["id"], 7)
		self.pull("Refunds")
		self.assertEqual(self.paid_back(), 7, self.history())
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		self.fake.records["orders"][self.order_["id"]]["refunds"][0]["amount"] = 9
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0), self.history())


class TestWebhooks(LanternCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Orders")
		self.register()

	def hook(self) -> dict[str, Any]:
		return next(one for one in self.fake.webhooks.values() if one["event"] == "order.created")

	@proves("Webhooks registered and removed")
	def test_those_that_the_flows_need_are_registered_once_and_removed(self):
		wanted = {"order.created", "order.updated"}
		self.assertEqual({one["event"] for one in self.fake.webhooks.values()}, wanted)
		self.assertEqual(set(self.register().kept), wanted)
		report = webhooks.remove(self.account)
		self.assertEqual((set(report.removed), self.fake.webhooks), (wanted, {}))

	@proves("Orders in by webhook")
	def test_an_order_that_is_placed_and_changed(self):
		order = self.placed()
		self.work()
		self.assertEqual(flt(self.linked("order", order["id"]).grand_total, 2), 64.5, self.history())
		self.fake.change("orders", order["id"], number="A-77")
		self.work()
		self.assertIn("A-77", self.linked("order", order["id"]).po_no)

	@proves(
		"Webhook with a changed byte refused", "Webhook that is stale refused", "Webhook twice, one effect"
	)
	def test_only_what_is_signed_and_fresh_is_taken_and_once(self):
		hook = self.hook()
		record = {
			"id": 7,
			**self.order(),
			"created_at": "2026-11-20T10:00:00Z",
			"updated_at": "2026-11-20T10:00:00Z",
		}
		statuses = [
			self.fake.send(hook, record, sent=b'{"id": 8}'),
			self.fake.send(hook, record, age=3600),
			self.fake.send(hook, record, id_="D-1"),
			self.fake.send(hook, record, id_="D-1"),
		]
		self.assertEqual(statuses, [401, 401, 200, 200], self.history())
		self.work()
		self.linked("order", 7)
		self.assertEqual(len(self.events()), 1, self.history())
