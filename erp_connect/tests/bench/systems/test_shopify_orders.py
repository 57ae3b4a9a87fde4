"""Orders of Shopify and what follows them, from the shop's own records to ERPNext's documents."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shopify_case import SCARF, TEAPOT, ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.shopify import fixture


def money(amount: str, other: str = "", currency: str = "EUR") -> dict[str, Any]:
	"""An amount in the currency of the shop, and as the buyer saw it."""
	shown = {"amount": other or amount, "currencyCode": currency if other else "USD"}
	return {"shopMoney": {"amount": amount, "currencyCode": "USD"}, "presentmentMoney": shown}


class TestOrders(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Orders", "Payments", "Cancellations")

	def booked(self, **changes: Any) -> Any:
		order = self.fake.add("orders", self.order(**changes))
		self.pull("Orders")
		return self.linked("order", order["legacyResourceId"])

	@proves("Orders in", "Tax of several rates", "Discounts, shipping, fees")
	def test_an_order_comes_to_the_cent_with_everything_that_was_charged(self):
		doc = self.booked()
		self.assertEqual(
			(doc.docstatus, doc.currency, flt(doc.grand_total, 2)), (1, "USD", 75.36), self.history()
		)
		self.assertEqual([(row.item_code, row.qty) for row in doc.items], [(TEAPOT, 2), (SCARF, 1)])
		charged = {row.description: flt(row.tax_amount, 2) for row in doc.taxes}
		self.assertEqual(charged.get("Tip"), 3.0, charged)
		self.assertIn("Hafenstrasse 3", doc.shipping_address)
		said = frappe.get_all(
			"Comment", {"reference_name": doc.name, "comment_type": "Comment"}, pluck="content"
		)
		self.assertTrue(any("AUTUMN10" in text for text in said), said)

	@proves("Prices with tax")
	def test_prices_that_hold_their_tax(self):
		lines = [
			{
				**fixture("order")["lineItems"][0],
				"originalUnitPriceSet": money("11.90"),
				"discountAllocations": [],
			}
		]
		lines[0]["taxLines"] = [
			{"title": "VAT", "rate": 0.19, "ratePercentage": 19, "priceSet": money("3.80")}
		]
		doc = self.booked(
			taxesIncluded=True, lineItems=lines, shippingLines=[], totalTipReceivedSet=money("0.00"),
			totalTaxSet=money("3.80"), totalPriceSet=money("23.80"),
		)  # fmt: skip
		self.assertEqual((flt(doc.grand_total, 2), flt(doc.net_total, 2)), (23.8, 20.0), self.history())

	@proves("Several currencies")
	def test_what_the_buyer_saw_in_euros_is_booked_in_the_currency_of_the_shop(self):
		line = {**fixture("order")["lineItems"][0], "quantity": 1, "discountAllocations": [], "taxLines": []}
		line["originalUnitPriceSet"] = money("21.01", "19.10")
		doc = self.booked(
			presentmentCurrencyCode="EUR", lineItems=[line], shippingLines=[], totalTipReceivedSet=money("0.00", "0.00"),
			totalTaxSet=money("0.00", "0.00"), totalPriceSet=money("21.01", "19.10"),
		)  # fmt: skip
		self.assertEqual((doc.currency, flt(doc.grand_total, 2)), ("USD", 21.01), self.history())

	@proves("Order changed")
	def test_a_line_that_is_added_by_an_edit(self):
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		more = {**order["lineItems"][1], "id": "gid://shopify/LineItem/303", "taxLines": []}
		self.fake.change("orders", order, lineItems=[*order["lineItems"], more], totalPriceSet=money("95.36"))
		self.pull("Orders")
		doc = self.linked("order", order["legacyResourceId"])
		self.assertEqual((len(doc.items), flt(doc.grand_total, 2)), (3, 95.36), self.history())

	def test_a_line_that_is_removed_by_an_edit(self):
		"""The shop tells it as a refund of its pieces, without money."""
		self.connect("Orders", "Payments", "Refunds", name="With Refunds")
		order = self.fake.add("orders", {**self.order(), "transactions": []})
		self.pull("Orders")
		scarf = {"quantity": 1, "restockType": "CANCEL", "lineItem": {"id": "gid://shopify/LineItem/302"}}
		gone = self.numbered(
			"refund", "Refund", refundLineItems=[scarf], totalRefundedSet=money("0.00"), note=None
		)
		self.fake.follow(order, "refunds", gone)
		self.pull("Refunds")
		doc = self.linked("order", order["legacyResourceId"])
		self.assertEqual([row.item_code for row in doc.items], [TEAPOT], self.history())
		self.assertEqual(flt(doc.grand_total, 2), 53.96, self.history())
		self.assert_all_done()

	@proves("Order cancelled")
	def test_cancelled_orders_are_cancelled_and_strangers_passed_over(self):
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		gone = {"cancelledAt": "2026-11-25T10:00:00Z", "cancelReason": "CUSTOMER"}
		self.fake.change("orders", order, **gone)
		self.fake.add("orders", self.order(**gone))
		self.pull("Orders")
		self.pull("Cancellations")
		self.assertEqual(self.linked("order", order["legacyResourceId"]).docstatus, 2, self.history())
		self.assertEqual(len(self.links(remote_entity="order")), 1)
		self.assert_all_done()

	@proves("Payment in")
	def test_each_sale_is_a_payment_also_a_gift_card(self):
		order = self.order()
		(paid,) = order["transactions"]
		card = {
			**paid,
			"id": f"{paid['id']}1",
			"gateway": "gift_card",
			"formattedGateway": "Gift card",
			"amountSet": money("20.00"),
		}
		failed = {**paid, "id": f"{paid['id']}2", "status": "FAILURE"}
		order["transactions"] = [{**paid, "amountSet": money("55.36")}, card, failed]
		self.fake.add("orders", order)
		self.pull("Orders")
		self.pull("Payments")
		found = [
			frappe.get_doc("Payment Entry", link.document_name)
			for link in self.links(remote_entity="payment")
		]
		self.assertEqual(sorted(flt(one.paid_amount, 2) for one in found), [20.0, 55.36], self.history())
		name = self.linked("order", order["legacyResourceId"]).name
		self.assertEqual({one.references[0].reference_name for one in found}, {name})
		self.assert_all_done()

	@proves("Several pages", "Changes only")
	def test_pages_and_then_changes_only(self):
		self.in_small_pages("Orders")
		orders = [self.fake.add("orders", self.order()) for _ in range(3)]
		self.pull("Orders")
		self.assertEqual(
			(len(self.fake.sent("orders")), len(self.links(remote_entity="order"))), (2, 3), self.history()
		)
		asked_before = len(self.fake.sent("order"))
		self.fake.change("orders", orders[0], note="Ring twice")
		self.pull("Orders")
		asked = self.fake.sent("orders")[-1]
		self.assertEqual(asked["query"], f'updated_at:>="{fixture("order")["updatedAt"]}"')
		# The changed one alone; a worker that another test has started may ask for it too.
		self.assertEqual({call["id"] for call in self.fake.sent("order")[asked_before:]}, {orders[0]["id"]})

	@proves("Years loaded in windows")
	def test_orders_of_years_are_loaded_in_windows_while_changes_come(self):
		self.fake.restore = 100_000  # the throttle has tests of its own
		days = ("2026-06-03T10:00:00Z", "2026-07-01T00:00:00Z", "2026-11-02T23:59:59Z")
		orders = [self.fake.add("orders", self.order(createdAt=day, updatedAt=day)) for day in days]
		load = self.load("Orders", "2026-06-01T00:00:00Z")
		self.assertEqual((load.status, load.queued), ("Completed", 3), self.history())
		asked = self.searches("created_at")
		self.assertEqual(asked[0], 'created_at:>="2026-05-31T23:59:59Z" created_at:<="2026-07-01T00:00:00Z"')
		for order in orders:
			self.assertEqual(self.linked("order", order["legacyResourceId"]).docstatus, 1)
		self.fake.add("orders", self.order(updatedAt=load.up_to))
		self.pull("Orders")
		(changes,) = self.searches("updated_at")
		self.assertLess(changes, f'updated_at:>="{load.up_to}"')
		self.assertEqual(len(self.links(remote_entity="order")), 4)

	def searches(self, field: str) -> list[str]:
		"""Those of orders by this field. Other flows that are due may be pulled beside, and ask for everything."""
		queries = [call.get("query") or "" for call in self.fake.sent("orders")]
		return [query for query in queries if query.startswith(field)]


class TestRefunds(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		make.receipt(TEAPOT, 5)
		self.connect("Orders", "Payments", "Refunds", "Fulfilments")
		self.order_ = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.pull("Payments")
		# Now: the stock is hardly older.
		left = {"createdAt": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"}
		self.fake.follow(self.order_, "fulfillments", self.numbered("fulfillment", "Fulfillment", **left))
		self.pull("Fulfilments")
		(self.sent,) = self.links(remote_entity="fulfilment") or self.fail(self.history())

	def given(self, **changes: Any) -> list[Any]:
		"""The return Delivery Notes that a refund of one teapot made."""
		self.fake.follow(self.order_, "refunds", self.numbered("refund", "Refund", **changes))
		self.pull("Refunds")
		self.assert_all_done()
		against = {"is_return": 1, "return_against": self.sent.document_name}
		return frappe.get_all("Delivery Note", against, pluck="name")

	def paid_back(self) -> float:
		customer = self.linked("order", self.order_["legacyResourceId"]).customer
		filters = {"payment_type": "Pay", "party": customer, "docstatus": 1}
		return flt(sum(frappe.get_all("Payment Entry", filters, pluck="paid_amount")), 2)

	@proves("Refund with restock", "Fulfilments in")
	def test_pieces_that_came_back_into_stock(self):
		note = frappe.get_doc("Delivery Note", self.sent.document_name)
		self.assertEqual([(row.item_code, row.qty) for row in note.items], [(TEAPOT, 2)])
		self.assertEqual(note.lr_no, "TRK-77")
		(returned,) = self.given()
		rows = frappe.get_all("Delivery Note Item", {"parent": returned}, ["item_code", "qty"])
		self.assertEqual([(row.item_code, row.qty) for row in rows], [(TEAPOT, -1)])
		self.assertEqual(self.paid_back(), 22.51)

	def test_a_parcel_that_failed_delivers_nothing_or_is_held(self):
		parcel = self.order_["fulfillments"][0]
		failed = self.numbered("fulfillment", "Fulfillment", status="ERROR")
		self.fake.follow(self.order_, "fulfillments", failed)
		self.pull("Fulfilments")
		self.assert_all_done()
		self.assertEqual(self.links(remote_entity="fulfilment"), [self.sent])
		parcel["status"] = "FAILURE"
		self.fake.change("orders", self.order_)
		self.pull("Fulfilments")
		(held,) = self.events(status="On Hold")
		self.assertEqual(held.outcome, "parcel_failed")
		self.assertIn(self.sent.document_name, held.error)

	@proves("Refund without restock")
	def test_pieces_that_stay_away(self):
		pieces = [{**fixture("refund")["refundLineItems"][0], "restockType": "NO_RESTOCK"}]
		self.assertEqual(self.given(refundLineItems=pieces), [])
		self.assertEqual(self.paid_back(), 22.51)

	@proves("Refund of an amount")
	def test_an_amount_alone(self):
		self.assertEqual(self.given(refundLineItems=[], totalRefundedSet=money("7.00")), [])
		self.assertEqual(self.paid_back(), 7.0)

	def test_pieces_that_are_cancelled_before_they_left_come_out_of_no_parcel(self):
		"""Three teapots, of which two have left: the third is cancelled, and nothing of the parcel came back."""
		lines = [
			{**fixture("order")["lineItems"][0], "quantity": 3, "discountAllocations": [], "taxLines": []}
		]
		totals = {"totalTaxSet": money("0.00"), "totalPriceSet": money("63.03")}
		plain = {**totals, "lineItems": lines, "shippingLines": [], "totalTipReceivedSet": money("0.00")}
		order = self.fake.add("orders", self.order(**plain))
		order["transactions"][0]["amountSet"] = money("63.03")
		left = {"createdAt": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"}
		self.fake.follow(order, "fulfillments", self.numbered("fulfillment", "Fulfillment", **left))
		rest = {"quantity": 1, "restockType": "CANCEL", "lineItem": {"id": "gid://shopify/LineItem/301"}}
		gone = self.numbered("refund", "Refund", refundLineItems=[rest], totalRefundedSet=money("21.01"))
		for flow in ("Orders", "Payments", "Fulfilments"):
			self.pull(flow)
		self.fake.follow(order, "refunds", gone)
		self.pull("Refunds")
		doc = self.linked("order", order["legacyResourceId"])
		self.assertEqual([(row.qty, row.delivered_qty) for row in doc.items], [(2, 2)], self.history())
		self.assertEqual((doc.status, flt(doc.grand_total, 2)), ("To Bill", 42.02))
		self.assertEqual(
			frappe.get_all("Delivery Note", {"customer": doc.customer}, pluck="is_return"),
			[0],
			self.history(),
		)
		self.assert_all_done()

	def test_a_refund_that_was_booked_by_an_earlier_release_is_the_same_still(self):
		"""Of pieces that had not left it had said that they go back into stock."""
		flow = frappe.get_doc("Field Mapping", self.flow("Refunds"))
		row = next(row for row in flow.rows if row.source == "lines[].restock")
		now, row.target = (
			row.target,
			"refundLineItems.nodes[].if(restockType == 'NO_RESTOCK', `false`, `true`)",
		)
		flow.save()
		self.commit()
		scarf = {"quantity": 1, "restockType": "CANCEL", "lineItem": {"id": "gid://shopify/LineItem/302"}}
		self.given(refundLineItems=[scarf], totalRefundedSet=money("21.40"))
		row.target = now
		flow.save()
		self.fake.change("orders", self.order_)
		self.pull("Refunds")
		self.assertEqual(self.paid_back(), 21.4)
		self.assert_all_done()
