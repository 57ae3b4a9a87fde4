"""What providers list against what is booked: payouts with their entries, movements of a balance, payments."""

from __future__ import annotations

import datetime as dt
import random
import time
from typing import Any

import frappe

from erp_connect.api import reconciliation
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.authorize_net_case import AuthorizeNetCase
from erp_connect.tests.bench.systems.paytm_case import PaytmCase
from erp_connect.tests.bench.systems.razorpay_case import RazorpayCase
from erp_connect.tests.bench.systems.stripe_case import StripeCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.paytm_lists import IST, wall

ENTRIES = "Entries of payouts"


class Compared:
	"""For the cases of systems: what a comparison of their money finds."""

	def setUp(self) -> None:
		super().setUp()
		self.fake.now = int(time.time()) - 86400
		self.fake._last += random.randrange(10**7)  # what other tests booked has other numbers

	def found(self, flow: str) -> list[Any]:
		"""Its differences, those of payouts last."""
		rows = frappe.get_all("Sync Difference", {"reconciliation": self.comparison_of(flow).name}, ["*"])
		return sorted(rows, key=lambda row: (row.message.startswith("Payout"), row.external_id))

	def balance(self) -> float:
		"""What stands in the clearing account."""
		account = frappe.db.get_value("Account", {"account_name": "Card Clearing", "company": self.company})
		rows = frappe.get_all("GL Entry", {"account": account, "is_cancelled": 0}, ["debit", "credit"])
		return round(sum(row.debit - row.credit for row in rows), 2)


class TestStripe(Compared, StripeCase):
	def paid_out(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
		"""Two charges of 93.00 with a fee of 3.00 each, a refund of 10.00 and a dispute, and what is left of them paid out."""
		self.connect("Payments", "Refunds", "Disputes", "Payouts", ENTRIES)
		self.register()
		charges = []
		for _ in range(2):
			charges.append(self.pay(self.order()))
			self.by_webhook()
		refund = self.fake.refund(charges[0]["id"], 1000)
		self.by_webhook()
		dispute = self.fake.dispute(charges[1]["id"], 1500)
		self.by_webhook()
		takes = [*(one["id"] for one in charges), refund["id"], dispute["id"]]
		payout = self.fake.pay_out(2 * 9000 - 1000 - 10800, takes=takes)
		self.by_webhook()
		self.assert_all_done()
		return charges, payout

	@proves("Payouts compared with their entries")
	def test_a_payout_equals_its_entries_over_several_pages(self):
		before = self.balance()
		self.paid_out()
		self.assertEqual(self.balance(), before)
		self.in_small_pages(ENTRIES)
		row = self.comparison_of(ENTRIES)
		self.assertEqual((row.missing_here, row.missing_there, row.different), (0, 0, 0), self.history())
		self.assertEqual(row.checked_there, 5)
		self.assertFalse(frappe.db.exists("Sync Difference", {"reconciliation": row.name}))

	def test_what_is_missing_or_booked_otherwise_is_shown_with_the_difference_of_its_payout(self):
		charges, payout = self.paid_out()
		late = self.fake.charge(5000, 200)  # without an order: nothing books it
		self.fake.paid_out[self.fake.records["charges"][late["id"]]["balance_transaction"]] = payout["id"]
		self.fake.records["transactions"][charges[0]["balance_transaction"]].update(fee=500, net=8800)
		*entries, whole = self.found(ENTRIES)
		self.assertEqual(
			[(one.kind, one.document_type) for one in entries],
			[("Different", "Payment Entry"), ("Missing here", "Payment Entry")],
		)
		shown = [frappe.parse_json(one.fields_json)[0] for one in entries]
		self.assertEqual([(one["here"], one["there"]) for one in shown], [(90, 88), (0, 48)])
		self.assertEqual((whole.external_id, whole.document_type), (payout["id"], "Journal Entry"))
		self.assertIn("62.00 here, 108.00 there, a difference of -46.00", whole.message)
		self.assertIn("Paid out", whole.message)
		told = reconciliation.repair([entries[0].name], "policy")
		self.assertIn("compares entries of a clearing account", told["refused"][entries[0].name])

	def test_a_payout_that_is_not_booked_is_shown(self):
		self.paid_out()
		payout = self.fake.pay_out(700, takes=[])
		(found,) = [one for one in self.found(ENTRIES) if one.external_id == payout["id"]] or [None]
		self.assertIsNone(found)  # a payout of nothing that is listed: its own flow tells that it is missing
		manual = self.fake.pay_out(700, automatic=False)
		self.assertEqual([one for one in self.found(ENTRIES) if one.external_id == manual["id"]], [])

	def test_a_payout_by_hand_is_booked_and_each_movement_of_the_balance_compared(self):
		flow = "Entries of the balance"
		self.connect("Payments", "Refunds", "Disputes", "Payouts", "Payouts that failed", flow)
		self.register()
		charges = []
		for _ in range(2):
			charges.append(self.pay(self.order()))
			self.by_webhook()
		self.fake.refund(charges[0]["id"], 1000)
		self.by_webhook()
		self.fake.dispute(charges[1]["id"], 1500)
		self.by_webhook()
		paid, failed = (self.fake.pay_out(amount, automatic=False) for amount in (2000, 500))
		self.by_webhook(*self.fake.told[-2:])
		self.fake.fail(failed["id"])
		self.by_webhook()
		self.assert_all_done()
		self.assertEqual(self.linked("payout", paid["id"]).total_debit, 20)
		self.in_small_pages(flow)
		self.assertEqual(self.compared(flow), (0, 0, 0, 0), self.history())
		self.linked("payout", paid["id"]).cancel()
		self.commit()
		taken = next(
			one for one in self.fake.records["transactions"].values() if one["source"] == failed["id"]
		)
		taken.update(fee=100, net=-600)  # as of a payout that is there at once
		found = {one.external_id: frappe.parse_json(one.fields_json)[0] for one in self.found(flow)}
		shown = {id_: (one["here"], one["there"]) for id_, one in found.items()}
		of_paid = next(
			one["id"] for one in self.fake.records["transactions"].values() if one["source"] == paid["id"]
		)
		self.assertEqual(shown, {of_paid: (0, -20), taken["id"]: (-5, -6)})

	def test_payments_are_compared_with_the_list(self):
		charges, _ = self.paid_out()
		self.assertEqual(self.compared("Payments"), (0, 0, 0, 0))
		self.fake.records["charges"][charges[0]["id"]]["amount_captured"] = 9100
		self.fake.charge(9300, 300)
		entry = self.linked("payment", charges[1]["id"])
		entry.cancel()
		self.commit()
		self.assertEqual(self.compared("Payments"), (1, 0, 2, 0), self.history())

	@proves("Refunds compared")
	def test_refunds_are_compared_with_what_was_paid_back(self):
		self.connect("Payments", "Refunds")
		self.register()
		orders = [self.order() for _ in range(5)]
		make_invoice(orders[1])  # of which a refund becomes a credit note
		refunds = []
		for order in orders:
			charge = self.pay(order)
			self.by_webhook()
			refunds.append(self.fake.refund(charge["id"], 1000))
			self.by_webhook()
		self.assert_all_done()
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		kept = self.fake.records["refunds"]
		kept[refunds[0]["id"]]["amount"] = 1500
		kept[refunds[1]["id"]]["amount"] = 700
		self.linked("refund", refunds[2]["id"]).cancel()
		del kept[refunds[3]["id"]]
		self.commit()
		late = self.fake.refund(charge["id"], 500)
		row = self.comparison_of("Refunds")
		self.assertEqual((row.missing_here, row.missing_there, row.different), (1, 1, 3), self.history())
		found = frappe.get_all("Sync Difference", {"reconciliation": row.name}, ["*"])
		shown = {one.external_id: frappe.parse_json(one.fields_json or "[]") for one in found}
		paid = {id_: [(one["here"], one["there"]) for one in fields] for id_, fields in shown.items()}
		self.assertEqual(paid[refunds[0]["id"]], [(10, 15)])
		self.assertEqual(paid[refunds[1]["id"]], [(10, 7)])
		self.assertEqual(paid[refunds[2]["id"]], [("Cancelled", "succeeded"), (0, 10)])
		self.assertEqual(paid[late["id"]], [(None, 5)])
		(missing,) = (one.name for one in found if one.external_id == late["id"])
		self.assertEqual(reconciliation.repair([missing], "policy")["begun"], 1)
		self.work()
		self.assertEqual(self.linked("refund", late["id"]).paid_amount, 5, self.history())

	def test_a_refund_that_was_sent_from_here_is_not_missing_there(self):
		invoice, charge = self.paid("Refunds", "Refunds from ERPNext")
		self.pay_back(invoice, 10, charge["id"])
		self.send()
		self.assertEqual(len(self.links(remote_entity="refund")), 1, self.history())
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())


class TestAuthorizeNet(Compared, AuthorizeNetCase):
	@proves("Payouts compared with their entries")
	def test_a_settlement_equals_its_entries_or_shows_the_difference(self):
		self.connect("Payments", "Settlements", "Entries of settlements")
		self.register()
		paid = self.pay(self.order())
		self.by_webhook()
		batch = self.fake.settle()
		self.pull("Settlements")
		doc = frappe.get_doc("Field Mapping", self.flow("Entries of settlements"))
		doc.update({"window_since": f"{dt.datetime.now():%Y-%m}-01T00:00:00Z"})
		doc.save()
		self.commit()
		self.assertEqual(self.found("Entries of settlements"), [], self.history())
		self.fake.transactions[paid["transId"]]["settleAmount"] = 90
		entry, whole = self.found("Entries of settlements")
		self.assertEqual((entry.kind, entry.external_id), ("Different", paid["transId"]))
		self.assertEqual(whole.external_id, batch["batchId"])
		self.assertIn("a difference of 3.00", whole.message)


class TestRazorpay(Compared, RazorpayCase):
	@proves("Payouts compared with their entries")
	def test_a_settlement_equals_its_entries_or_shows_the_difference(self):
		self.connect("Payments", "Refunds", "Lost disputes", "Settlements", "Entries of settlements")
		self.register()
		paid = self.pay(self.order())
		self.by_webhook()
		refund = self.fake.refund(paid["id"], 1000)
		self.by_webhook()
		settlement = self.fake.settle(8000, takes=[paid["id"], refund["id"]])
		self.by_webhook()
		doc = frappe.get_doc("Field Mapping", self.flow("Entries of settlements"))
		doc.update({"window_since": f"{dt.date.today() - dt.timedelta(days=100)}", "page_size": 2})
		doc.save()
		self.commit()
		self.assertEqual(self.found("Entries of settlements"), [], self.history())
		self.fake.settled[self.fake.dispute(paid["id"], 2000)["id"]] = settlement[
			"id"
		]  # not lost yet, nor booked
		entry, whole = self.found("Entries of settlements")
		self.assertEqual(
			(entry.kind, frappe.parse_json(entry.fields_json)[0]["there"]), ("Missing here", -20)
		)
		self.assertEqual(whole.external_id, settlement["id"])
		self.assertIn("80.00 here, 60.00 there, a difference of 20.00", whole.message)

	@proves("Refunds compared")
	def test_refunds_are_compared_with_what_was_paid_back(self):
		self.connect("Payments", "Refunds")
		self.register()
		paid = self.pay(self.order())
		self.by_webhook()
		refund = self.fake.refund(paid["id"], 1000)
		self.by_webhook()
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		self.fake.records["refunds"][refund["id"]]["amount"] = 900
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0), self.history())


class TestPaytm(Compared, PaytmCase):
	@proves("Compared equal")
	def test_payments_are_compared_with_those_that_paytm_lists(self):
		self.connect("Payments")
		now = dt.datetime.now(IST).replace(microsecond=0)
		days = [now - dt.timedelta(days=ago) for ago in (70, 40, 3)]
		payments = [self.fake.pay(self.rupees().name, "100.00", at=day) for day in days]
		self.fake.pay("FAILED-1", "100.00", "TXN_FAILURE", at=days[1])
		self.load("Payments", wall(days[0]))
		doc = frappe.get_doc("Field Mapping", self.flow("Payments"))
		doc.update({"window_compare": 1, "window_since": wall(days[1] - dt.timedelta(days=1))})
		doc.save()
		self.commit()
		self.assertEqual(self.compared("Payments"), (0, 0, 0, 0), self.history())
		# One that was changed there, one that is not booked, one that Paytm does not know.
		self.fake.orders[payments[1]["orderId"]]["txnAmount"] = "90.00"
		missing = self.fake.pay(self.rupees().name, "100.00", at=days[2])
		del self.fake.orders[payments[2]["orderId"]]
		self.assertEqual(self.compared("Payments"), (1, 1, 1, 0), self.history())
		(row,) = frappe.get_all("Sync Difference", {"kind": "Missing here"}, ["name", "external_id"])
		self.assertEqual(row.external_id, missing["txnId"])
		self.assertEqual(reconciliation.repair([row.name], "policy")["begun"], 1)
		self.work()
		self.entry_of(missing)
