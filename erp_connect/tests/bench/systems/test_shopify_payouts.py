"""Payouts of Shopify Payments: booked with their fees, and held against what is booked in the clearing account."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.test_shopify_orders import money

PAYOUTS, FEES, ADJUSTMENTS = "Payouts", "Fees of payouts", "Adjustments of payouts"
ENTRIES = "Entries of payouts"


class TestPayouts(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.clock = datetime.now(timezone.utc).replace(microsecond=0)
		self.connect("Orders", "Payments", "Refunds", PAYOUTS, FEES, ADJUSTMENTS, ENTRIES)

	def charged(self, fee: str = "2.36") -> dict[str, Any]:
		"""An order of 75.36 that was paid by Shopify Payments. The transaction of the balance."""
		self.order_ = order = self.fake.add("orders", self.order())
		(paid,) = order["transactions"]
		for flow in ("Orders", "Payments"):
			self.pull(flow)
		return self.fake.payments.move("CHARGE", "75.36", fee, paid["id"], order)

	def refunded(self, amount: str = "7.00", gateway: str = "Shopify Payments") -> dict[str, Any]:
		"""So much of the order given back."""
		id_ = f"gid://shopify/OrderTransaction/{self.fake.number()}"
		transaction = {"id": id_, "status": "SUCCESS", "formattedGateway": gateway}
		values = {"refundLineItems": [], "totalRefundedSet": money(amount), "transactions": [transaction]}
		self.fake.follow(self.order_, "refunds", self.numbered("refund", "Refund", **values))
		self.pull("Refunds")
		return self.fake.payments.move("REFUND", f"-{amount}", "0", id_, self.order_)

	def paid_out(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
		"""A charge, a refund and a dispute with its fee, and what is left of them paid out and booked."""
		moves = [self.charged(), self.refunded()]
		moves.append(self.fake.payments.move("DISPUTE_WITHDRAWAL", "-20.00", "15.00", order=self.order_))
		payout = self.fake.payments.pay_out(*moves)
		for flow in (PAYOUTS, FEES, ADJUSTMENTS):
			self.pull(flow)
		self.assert_all_done()
		return moves, payout

	def moved(self, name: str) -> float:
		"""What stands in one of the company's accounts."""
		account = frappe.db.get_value("Account", {"account_name": name, "company": self.company})
		rows = frappe.get_all("GL Entry", {"account": account, "is_cancelled": 0}, ["debit", "credit"])
		return flt(sum(row.debit - row.credit for row in rows), 2)

	def found(self) -> list[Any]:
		"""Differences of entries, those of payouts last."""
		rows = frappe.get_all("Sync Difference", {"reconciliation": self.comparison_of(ENTRIES).name}, ["*"])
		return sorted(rows, key=lambda row: (row.message.startswith("Payout"), row.external_id))

	@proves("Payouts booked", "Payouts compared with their entries", "Fees booked", "Disputes")
	def test_a_payout_with_its_fees_and_a_dispute_clears_the_account_and_equals_its_entries(self):
		before = {
			name: self.moved(name) for name in ("Shop Bank", "House Bank", "Card Fees", "Card Disputes")
		}
		moves, payout = self.paid_out()
		after = {name: flt(self.moved(name) - amount, 2) for name, amount in before.items()}
		self.assertEqual(
			after,
			{"Shop Bank": 0, "House Bank": 31.0, "Card Fees": 17.36, "Card Disputes": 20.0},
			self.history(),
		)
		entry = self.linked("payout", payout["legacyResourceId"])
		self.assertEqual((entry.docstatus, entry.total_debit), (1, 31.0))
		self.in_small_pages(ENTRIES)
		row = self.comparison_of(ENTRIES)
		self.assertEqual((row.missing_here, row.missing_there, row.different), (0, 0, 0), self.history())
		self.assertEqual(row.checked_there, len(moves) + 1)  # with their payout

	def test_what_is_not_booked_or_otherwise_is_shown_with_the_difference_of_its_payout(self):
		moves, payout = self.paid_out()
		moves[0]["amount"] = {"amount": "70.36", "currencyCode": "USD"}
		late = self.fake.payments.move("SHIPPING_LABEL", "-5.00", payout=payout["legacyResourceId"])
		*entries, whole = self.found()
		shown = {one.external_id: frappe.parse_json(one.fields_json)[0] for one in entries}
		self.assertEqual(
			{id_: (one["here"], one["there"]) for id_, one in shown.items()},
			{moves[0]["id"]: (75.36, 70.36), late["id"]: (0, -5)},
		)
		self.assertEqual(whole.external_id, payout["legacyResourceId"])
		self.assertIn("48.36 here, 38.36 there, a difference of 10.00", whole.message)

	def test_what_shopify_takes_back_goes_the_other_way(self):
		self.charged()
		refund = self.refunded()
		before = self.moved("House Bank")
		payout = self.fake.payments.pay_out(refund)
		self.pull(PAYOUTS)
		self.assertEqual(flt(self.moved("House Bank") - before, 2), -7.0, self.history())
		self.assertEqual(self.linked("payout", payout["legacyResourceId"]).total_debit, 7.0)

	def test_a_payout_that_is_under_way_or_failed_is_not_booked_and_its_fees_only_once_it_ended(self):
		payments = self.fake.payments
		waiting = payments.pay_out(self.charged(), status="SCHEDULED")
		failed = payments.pay_out(payments.move("CHARGE", "10.00", "1.00"), status="FAILED")
		payments.pay_out(payments.move("RESERVED_FUNDS", "-1.00"), payments.move("CHARGE", "1.00"))
		for flow in (PAYOUTS, FEES, ADJUSTMENTS):
			self.pull(flow)
		self.assertEqual(self.links(remote_entity="payout"), [])
		self.assertEqual(self.links(remote_entity="adjustment"), [])
		(fees,) = self.links(remote_entity="payout fee")
		self.assertEqual(fees.external_id, failed["legacyResourceId"])
		waiting["status"] = "PAID"
		self.pull(PAYOUTS)
		self.assertEqual(self.linked("payout", waiting["legacyResourceId"]).total_debit, 73.0, self.history())

	def test_a_refund_is_paid_from_where_its_gateway_s_payments_arrive(self):
		self.charged()
		name = make.unique("Gateway")
		mode = frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": name, "type": "Bank"})
		other = frappe.db.get_value("Account", {"account_name": "Card Clearing", "company": self.company})
		mode.append("accounts", {"company": self.company, "default_account": other})
		mode.insert()
		self.commit()
		self.refunded(gateway=name)
		customer = self.linked("order", self.order_["legacyResourceId"]).customer
		entries = frappe.get_all(
			"Payment Entry", {"party": customer, "payment_type": "Pay"}, ["paid_from", "mode_of_payment"]
		)
		self.assertEqual([(one.paid_from, one.mode_of_payment) for one in entries], [(other, name)])

	@proves("Refunds compared")
	def test_refunds_are_compared_with_what_was_paid_back(self):
		self.charged()
		for amount in ("7.00", "8.00"):
			self.refunded(amount)
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		given = self.order_["refunds"]
		given[0]["totalRefundedSet"] = money("9.00")
		self.fake.follow(self.order_, "refunds", {**given[1], **self.numbered("refund", "Refund")})
		row = self.comparison_of("Refunds")
		self.assertEqual((row.missing_here, row.missing_there, row.different), (1, 0, 1), self.history())
		(one,) = frappe.get_all("Sync Difference", {"reconciliation": row.name, "kind": "Different"}, ["*"])
		(shown,) = frappe.parse_json(one.fields_json)
		self.assertEqual(
			(one.external_id, shown["here"], shown["there"]), (given[0]["legacyResourceId"], 7, 9)
		)
