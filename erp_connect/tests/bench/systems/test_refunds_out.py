"""Credit notes of ERPNext that become refunds in a shop: once, to the cent, and not booked again when they come back."""

from __future__ import annotations

from typing import Any

from erp_connect.tests.bench.systems.magento_case import ROOT, MagentoCase
from erp_connect.tests.bench.systems.magento_case import TEAPOT as MAGENTO_TEAPOT
from erp_connect.tests.bench.systems.refunds_out import FLOW, RefundsOut
from erp_connect.tests.bench.systems.shopify_case import TEAPOT as SHOPIFY_TEAPOT
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.woocommerce_case import TEAPOT, WooCommerceCase
from erp_connect.tests.fakes.shopify_http import Trouble

BY_GATEWAY = {"refund_money": "yes"}


class TestWooCommerce(RefundsOut, WooCommerceCase):
	article, piece, tax = TEAPOT, 18.91, 3.59

	def came(self, *flows: str, **entries: str) -> tuple[dict[str, Any], Any]:
		self.connect("Orders", "Payments", FLOW, *flows, entries=entries)
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.pull("Payments")
		return order, self.linked("order", order["id"])

	@proves("Refunds out")
	def test_a_credit_note_becomes_one_refund(self):
		order, doc = self.came("Refunds")
		self.register()
		path = f"/wp-json/wc/v3/orders/{order['id']}/refunds"
		link = self.sent_once(doc, lambda: self.fake.trouble("POST", path, lose_answer=True))
		((id_, refund),) = self.fake.children["orders", order["id"], "refunds"].items()
		self.assertEqual((link.external_id, refund["amount"]), (str(id_), "22.50"))
		(line,) = self.fake.sent("POST", path)[0]["line_items"]
		self.assertEqual(
			line,
			{
				"id": 901,
				"quantity": 1,
				"refund_total": 18.91,
				"refund_tax": [{"id": 1, "refund_total": 3.59}],
			},
		)
		self.assertEqual((self.fake.gateway, refund["refunded_payment"]), ([], False))
		self.assert_no_echo("Refunds")
		# What the shop gives itself comes in, and does not go out again.
		self.fake.refund(
			order["id"], self.refund_of(order, line_items=[], tax_lines=[], amount="7.00"), restock=False
		)
		self.pull("Refunds")
		self.send()
		self.assertEqual(len(self.fake.children["orders", order["id"], "refunds"]), 2, self.history())
		self.assert_all_done()

	def test_a_line_in_several_rows_is_refunded_once(self):
		order, doc = self.came()
		self.credited_whole(doc)
		self.send()
		(sent,) = self.fake.sent("POST", f"/wp-json/wc/v3/orders/{order['id']}/refunds")
		told = [
			(line["id"], line["quantity"], line["refund_total"], line["refund_tax"])
			for line in sent["line_items"]
		]
		taxes = [[{"id": 1, "refund_total": 7.18}], [{"id": 2, "refund_total": 1.96}]]
		self.assertEqual(told, [(901, 2, 37.82, taxes[0]), (902, 1, 28.04, taxes[1])])
		self.assert_all_done()

	def test_the_gateway_pays_back_or_refuses(self):
		order, doc = self.came(**BY_GATEWAY)
		self.credited(doc)
		self.send()
		self.assertEqual([float(one) for one in self.fake.gateway], [22.5], self.history())
		self.fake.gateway_refunds = False
		self.credited(self.another(doc))
		self.send()
		(event,) = self.events(status="Failed") or self.fail(self.history())
		self.assertIn("Look at the order in the shop", event.error)

	def another(self, _order: Any) -> Any:
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		return self.linked("order", order["id"])


class TestMagento(RefundsOut, MagentoCase):
	article, piece, tax = MAGENTO_TEAPOT, 18.91, 3.59

	def came(self, *flows: str, **entries: str) -> tuple[dict[str, Any], Any]:
		self.connect("Orders", "Payments", FLOW, *flows, entries=entries)
		order = self.fake.add("orders", self.order())
		self.of("invoice", order)
		self.pull("Orders")
		self.pull("Payments")
		return order, self.linked("order", order["entity_id"])

	@proves("Refunds out", "Answer lost after the work was done")
	def test_a_credit_note_becomes_one_credit_memo(self):
		order, doc = self.came("Refunds with restock")
		path = f"{ROOT}/order/{order['entity_id']}/refund"
		link = self.sent_once(doc, lambda: self.fake.trouble("POST", path, lose_answer=True))
		((id_, memo),) = self.fake.records["creditmemos"].items()
		self.assertEqual((link.external_id, memo["grand_total"]), (str(id_), 22.5))
		(sent,) = self.fake.sent("POST", path)
		self.assertEqual(sent["items"], [{"order_item_id": 301, "qty": 1}])
		self.assertEqual(self.fake.gateway, [])
		self.assert_no_echo("Refunds with restock")
		self.of(
			"creditmemo",
			order,
			items=[],
			grand_total=7.0,
			adjustment_positive=7.0,
			subtotal=0,
			tax_amount=0,
			discount_amount=0,
			discount_tax_compensation_amount=0,
		)
		self.pull("Refunds with restock")
		self.send()
		self.assertEqual(len(self.fake.sent("POST", path)), 1, self.history())
		self.assert_all_done()

	def test_a_line_in_several_rows_is_refunded_once(self):
		order, doc = self.came()
		self.credited_whole(doc, update_stock=1)
		self.send()
		(sent,) = self.fake.sent("POST", f"{ROOT}/order/{order['entity_id']}/refund")
		self.assertEqual(sent["items"], [{"order_item_id": 301, "qty": 2}, {"order_item_id": 302, "qty": 1}])
		back = sent["arguments"]["extension_attributes"]["return_to_stock_items"]
		self.assertEqual(back, [301, 302])
		self.assert_all_done()

	def test_by_the_gateway_of_the_invoice_that_has_all_pieces_of_several_rows(self):
		_, doc = self.came(**BY_GATEWAY)
		self.credited_whole(doc)
		self.send()
		(memo,) = self.fake.records["creditmemos"].values() or self.fail(self.history())
		self.assertTrue(memo["invoice_id"])
		self.assert_all_done()

	def test_by_the_gateway_of_the_invoice_and_less_than_the_piece_was(self):
		order, doc = self.came(**BY_GATEWAY)
		self.credited(doc, rate=10)
		self.send()
		self.assertEqual(self.fake.gateway, [13.59], self.history())
		(memo,) = self.fake.records["creditmemos"].values()
		self.assertEqual((memo["grand_total"], bool(memo["invoice_id"])), (13.59, True))


class TestShopify(RefundsOut, ShopifyCase):
	article, piece, tax = SHOPIFY_TEAPOT, 18.91, 3.59

	def setUp(self) -> None:
		super().setUp()
		self.fake.restore = 100_000  # the throttle has tests of its own

	def came(self, *flows: str, **entries: str) -> tuple[dict[str, Any], Any]:
		self.connect("Orders", "Payments", FLOW, *flows, entries=entries)
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.pull("Payments")
		return order, self.linked("order", order["legacyResourceId"])

	@proves("Refunds out")
	def test_a_credit_note_becomes_one_refund(self):
		order, doc = self.came("Refunds", **BY_GATEWAY)
		self.register()
		link = self.sent_once(
			doc, lambda: self.fake.troubles.append(Trouble("refundCreate", lose_answer=True))
		)
		(refund,) = order["refunds"]
		(paid,) = refund["transactions"]
		self.assertEqual(link.external_id, refund["legacyResourceId"])
		self.assertEqual(
			(paid["gateway"], paid["parent"]), ("shopify_payments", order["transactions"][0]["id"])
		)
		self.assertEqual(refund["totalRefundedSet"]["shopMoney"]["amount"], "22.50")
		(piece,) = refund["refundLineItems"]
		self.assertEqual(
			(piece["lineItem"]["sku"], piece["quantity"], piece["restockType"]),
			(SHOPIFY_TEAPOT, 1, "NO_RESTOCK"),
		)
		self.assert_no_echo("Refunds")

	def test_a_line_in_several_rows_is_refunded_once(self):
		order, doc = self.came()
		self.credited_whole(doc)
		self.send()
		(refund,) = order["refunds"] or self.fail(self.history())
		pieces = [(piece["quantity"], piece["restockType"]) for piece in refund["refundLineItems"]]
		self.assertEqual(pieces, [(2, "NO_RESTOCK"), (1, "NO_RESTOCK")])
		self.assert_all_done()

	def test_without_its_gateway_no_money_moves(self):
		order, doc = self.came()
		self.credited(doc)
		self.send()
		(refund,) = order["refunds"] or self.fail(self.history())
		self.assertEqual(refund["transactions"], [])
		self.assertNotIn("transactions", self.fake.sent("refundCreate")[0]["input"])
