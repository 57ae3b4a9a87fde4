"""Orders of Magento and what follows them, from the shop's own payloads to ERPNext's documents."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.magento_case import ROOT, SCARF, TEAPOT, MagentoCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.magento import fixture


class TestOrders(MagentoCase):
	@proves("Orders in", "Tax of several rates", "Prices with tax", "Discounts, shipping, fees")
	def test_an_order_comes_to_the_cent_with_everything_that_was_charged(self):
		self.connect("Orders")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		doc = self.linked("order", order["entity_id"])
		self.assertEqual((doc.docstatus, doc.currency, doc.owner), (1, "USD", "system-clerk@example.com"))
		self.assertEqual(flt(doc.grand_total, 2), 72.35, [(t.description, t.tax_amount) for t in doc.taxes])
		self.assertEqual([(row.item_code, row.qty) for row in doc.items], [(TEAPOT, 2), (SCARF, 1)])
		taxes = {t.description: flt(t.tax_amount, 2) for t in doc.taxes}
		self.assertEqual((taxes["VAT 19"], taxes["VAT 7"]), (8.13, 1.4))
		self.assertEqual((doc.customer_name, doc.po_no), ("Greta Ohlsen", order["increment_id"]))
		self.assertIn("Lindenweg 8", doc.address_display)
		self.assertIn("Hafenstrasse 3", doc.shipping_address)
		comments = frappe.get_all(
			"Comment", {"reference_name": doc.name, "comment_type": "Comment"}, pluck="content"
		)
		self.assertTrue(any("neighbour" in text and "autumn10" in text for text in comments), comments)
		self.assert_all_done()

	def test_what_is_paid_by_gift_card_and_credit_and_what_wrapping_costs(self):
		"""As Adobe Commerce has it."""
		self.connect("Orders")
		more = {"gift_cards_amount": 10, "customer_balance_amount": 5.5, "gw_price": 2}
		order = self.order(grand_total=58.85, base_grand_total=58.85)
		order["extension_attributes"] = {**order.get("extension_attributes", {}), **more}
		self.fake.add("orders", order)
		self.pull("Orders")
		doc = self.linked("order", order["entity_id"])
		self.assertEqual(flt(doc.grand_total, 2), 58.85, self.history())
		charged = {tax.description: tax.tax_amount for tax in doc.taxes}
		found = [charged.get(name) for name in ("Gift card", "Store credit", "Gift wrapping")]
		self.assertEqual(found, [-10, -5.5, 2], charged)

	@proves("Several pages", "Changes only")
	def test_pages_and_then_changes_only(self):
		self.connect("Orders")
		self.in_small_pages("Orders")
		orders = [self.fake.add("orders", self.order()) for _ in range(3)]
		self.fake.add("orders", self.order(state="pending_payment"))
		cursor = self.pull("Orders")
		self.assertEqual((cursor.status, len(self.links(remote_entity="order"))), ("Idle", 3), self.history())
		asked = [query for _, path, query, _ in self.fake.calls if path == f"{ROOT}/orders"]
		self.assertEqual(
			[query["searchCriteria[currentPage]"] for query in asked], ["1", "2", "1"]
		)  # those before the last are looked at again
		self.assertEqual([name for query in asked for name in query if "filter" in name], [])
		self.fake.change("orders", orders[0]["entity_id"], customer_note="Ring twice")
		self.pull("Orders")
		again = self.fake.calls[-1][2]
		self.assertEqual(again["searchCriteria[filter_groups][0][filters][0][condition_type]"], "gteq")
		self.assertRegex(
			again["searchCriteria[filter_groups][0][filters][0][value]"], r"^2026-11-25 09:00:\d\d$"
		)
		self.assert_all_done()

	@proves("Years loaded in windows")
	def test_orders_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Orders")
		days = ("2026-06-03 10:00:00", "2026-07-01 00:00:00", "2026-11-02 23:59:59")
		orders = [self.fake.add("orders", self.order(created_at=day, updated_at=day)) for day in days]
		load = self.load("Orders", "2026-06-01")
		self.assertEqual((load.status, load.since), ("Completed", "2026-06-01 00:00:00"), load.error)
		first = next(query for _, path, query, _ in self.fake.calls if path == f"{ROOT}/orders")
		filters = [first[f"searchCriteria[filter_groups][{group}][filters][0][value]"] for group in (0, 8)]
		self.assertEqual(filters, ["2026-05-31 23:59:59", "2026-07-01 00:00:00"])
		for order in orders:
			self.assertEqual(self.linked("order", order["entity_id"]).docstatus, 1)
		self.fake.add("orders", self.order(updated_at=load.up_to))
		self.pull("Orders")
		changes = self.fake.calls[-1][2]
		self.assertEqual(changes["searchCriteria[filter_groups][0][filters][0][field]"], "updated_at")
		self.assertFalse([name for name in changes if "[8]" in name])
		self.assertEqual(len(self.links(remote_entity="order")), 4, self.history())

	def test_orders_of_the_chosen_store_views_only(self):
		self.connect("Orders", "Payments", entries={"stores": "2,3"})
		mine, other = (self.fake.add("orders", self.order(store_id=number)) for number in (3, 1))
		for order in (mine, other):
			self.of("invoice", order, store_id=order["store_id"])
		self.pull("Orders")
		self.pull("Payments")
		self.assertEqual(
			[link.external_id for link in self.links(remote_entity="order")], [str(mine["entity_id"])]
		)
		self.assertEqual(len(self.links(remote_entity="payment")), 1, self.history())

	@proves("Several currencies")
	def test_currencies_with_their_own_decimals(self):
		from erp_connect.tests.bench.commerce_case import exchange_rate, one_account_for_all

		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("EUR", 1.1)
		exchange_rate("JPY", 0.007)
		self.connect("Orders", "Payments")
		today = {"created_at": f"{frappe.utils.today()} 06:00:00"}
		euro = self.fake.add("orders", self.order(order_currency_code="EUR", base_grand_total=79.59, **today))
		yen = self.fake.add("orders", self.order(order_currency_code="JPY", **self.yen(), **today))
		self.pull("Orders")
		for order, digits in ((euro, 2), (yen, 0)):
			doc = self.linked("order", order["entity_id"])
			self.assertEqual(
				(doc.currency, flt(doc.grand_total, digits)),
				(order["order_currency_code"], order["grand_total"]),
			)

	@staticmethod
	def yen() -> dict[str, Any]:
		line = {
			**fixture("order")["items"][0],
			"qty_ordered": 1,
			"discount_amount": 0,
			"discount_tax_compensation_amount": 0,
		}
		line |= {"row_total": 1000, "price": 1000, "tax_amount": 100, "tax_percent": 10}
		return {
			"items": [line],
			"extension_attributes": {},
			"shipping_amount": 0,
			"coupon_code": None,
			"tax_amount": 100,
			"grand_total": 1100,
		}

	@proves("Order changed")
	def test_an_order_that_is_edited_is_cancelled_and_placed_anew(self):
		"""So the shop does it; addresses alone are changed in the order."""
		self.connect("Orders", "Cancellations")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		billing = {**order["billing_address"], "street": ["Lindenweg 9"]}
		self.fake.change("orders", order["entity_id"], billing_address=billing)
		self.pull("Orders")
		changed = self.linked("order", order["entity_id"])
		if frappe.get_meta("Sales Order").get_field("customer_address").allow_on_submit:
			self.assertIn("Lindenweg 9", changed.address_display)
		else:  # ERPNext 16 fixes it with the submit: the order tells of it
			told = frappe.get_all("Comment", {"reference_name": changed.name}, pluck="content")
			self.assertIn("is Greta Ohlsen-Billing", " ".join(filter(None, told)))
		line = {**order["items"][1], "qty_ordered": 2, "row_total": 40.0, "tax_amount": 2.8}
		taxes = {"applied_taxes": [], "item_applied_taxes": []}
		anew = self.order(increment_id=f"{order['increment_id']}-1", relation_parent_id=str(order["entity_id"]), items=[line],
			extension_attributes={**order["extension_attributes"], **taxes}, tax_amount=3.75, grand_total=48.75)  # fmt: skip
		self.fake.add("orders", anew)
		self.fake.change(
			"orders",
			order["entity_id"],
			state="canceled",
			status="canceled",
			relation_child_id=str(anew["entity_id"]),
		)
		self.pull("Orders")
		self.pull("Cancellations")
		self.assertEqual(self.linked("order", order["entity_id"]).docstatus, 2, self.history())
		doc = self.linked("order", anew["entity_id"])
		self.assertEqual((doc.docstatus, flt(doc.grand_total, 2), doc.items[0].qty), (1, 48.75, 2))
		self.assert_all_done()

	@proves("Order cancelled")
	def test_canceled_orders_are_cancelled_and_strangers_passed_over(self):
		self.connect("Orders", "Cancellations")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.fake.change("orders", order["entity_id"], state="canceled", status="canceled")
		self.fake.add("orders", self.order(state="canceled"))
		self.pull("Cancellations")
		self.assertEqual(self.linked("order", order["entity_id"]).docstatus, 2, self.history())
		self.assert_all_done()

	@proves("Payment in")
	def test_a_paid_invoice_is_an_advance_of_its_order(self):
		self.connect("Orders", "Payments")
		order = self.fake.add("orders", self.order())
		invoice = self.of("invoice", order)
		self.of("invoice", order, state=1)
		self.pull("Orders")
		self.pull("Payments")
		payment = self.linked("payment", invoice["entity_id"])
		self.assertEqual(
			(flt(payment.paid_amount, 2), payment.docstatus, payment.reference_no), (72.35, 1, "tx_106")
		)
		self.assertEqual(payment.references[0].reference_name, self.linked("order", order["entity_id"]).name)
		self.assertEqual(len(self.links(remote_entity="payment")), 1)
		self.assert_all_done()


class TestRefunds(MagentoCase):
	def given(self, flow: str, **how: Any) -> list[Any]:
		"""What a credit memo over one teapot that had left, in a parcel of the shop, became."""
		self.connect("Orders", "Payments", "Shipments", flow)
		self.order_ = self.fake.add("orders", self.order())
		self.of("invoice", self.order_)
		parcel = self.of("shipment", self.order_, created_at=f"{frappe.utils.today()} 12:00:00")
		for name in ("Orders", "Payments", "Shipments"):
			self.pull(name)
		self.sent = self.linked("fulfilment", parcel["entity_id"])
		self.assertEqual((self.sent.lr_no, self.sent.transporter_name), ("PP-77", "Parcel Post"))
		self.assertEqual([(row.item_code, row.qty) for row in self.sent.items], [(TEAPOT, 1)])
		self.of("creditmemo", self.order_, **how)
		self.pull(flow)
		self.assert_all_done()
		return frappe.get_all(
			"Delivery Note", {"is_return": 1, "return_against": self.sent.name}, pluck="name"
		)

	def paid_back(self) -> float:
		order = self.linked("order", self.order_["entity_id"])
		asked = {"payment_type": "Pay", "party": order.customer, "docstatus": 1}
		return flt(sum(frappe.get_all("Payment Entry", asked, pluck="paid_amount")), 2)

	@proves("Refund with restock", "Fulfilments in")
	def test_pieces_that_came_back_into_stock(self):
		(returned,) = self.given("Refunds with restock")
		rows = frappe.get_all("Delivery Note Item", {"parent": returned}, ["item_code", "qty"])
		self.assertEqual([(row.item_code, row.qty) for row in rows], [(TEAPOT, -1)])
		self.assertEqual(self.paid_back(), 22.5)

	@proves("Refund without restock")
	def test_pieces_that_do_not(self):
		self.assertEqual(self.given("Refunds without restock"), [])
		self.assertEqual(self.paid_back(), 22.5)

	@proves("Refund of an amount", "Refunds compared")
	def test_an_amount_alone(self):
		nothing = {
			"items": [],
			"subtotal": 0,
			"tax_amount": 0,
			"discount_amount": 0,
			"discount_tax_compensation_amount": 0,
		}
		made = self.given(
			"Refunds with restock", **nothing, adjustment=7.0, adjustment_positive=7.0, grand_total=7.0
		)
		self.assertEqual((made, self.paid_back()), ([], 7.0))
		flow = "Refunds with restock"
		self.assertEqual(self.compared(flow), (0, 0, 0, 0), self.history())
		(memo,) = self.fake.records["creditmemos"].values()
		memo["base_grand_total"] = memo["grand_total"] = 9.0
		self.assertEqual(self.compared(flow), (0, 0, 1, 0), self.history())

	def test_what_was_charged_besides_or_paid_by_a_gift_card_goes_back_as_it_came(self):
		"""A teapot of 22.50 with 1.00 of fixed product tax, of which 4.00 went back to the gift card."""
		self.connect("Orders", "Payments", "Refunds without restock")
		order = self.order(grand_total=64.35, base_grand_total=64.35)
		order["items"] = [{**order["items"][0], "weee_tax_applied_row_amount": 2.0}, *order["items"][1:]]
		order["extension_attributes"] = {**order["extension_attributes"], "gift_cards_amount": 10}
		self.order_ = self.fake.add("orders", order)
		self.of("invoice", order, grand_total=64.35, base_grand_total=64.35)
		self.pull("Orders")
		self.pull("Payments")
		doc = self.linked("order", order["entity_id"])
		make_invoice(doc)
		piece = {**fixture("creditmemo")["items"][0], "weee_tax_applied_row_amount": 1.0}
		card = {"extension_attributes": {"gift_cards_amount": 4}}
		self.of("creditmemo", order, items=[piece], grand_total=19.5, base_grand_total=19.5, **card)
		self.pull("Refunds without restock")
		self.assert_all_done()
		self.assertEqual(self.paid_back(), 19.5)
		back = {"customer": doc.customer, "is_return": 1}
		(note,) = frappe.get_all("Sales Invoice", back, pluck="name")
		charged = {
			row.description: flt(row.tax_amount, 2) for row in frappe.get_doc("Sales Invoice", note).taxes
		}
		self.assertEqual((charged["Fixed product tax"], charged["Gift card"]), (-1.0, 4.0), charged)
