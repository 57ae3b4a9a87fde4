"""What Paytm settles: payouts, fees and chargebacks booked, and compared with what they took along."""

from __future__ import annotations

import datetime as dt
from typing import Any

import frappe
from frappe.utils import today

from erp_connect.operate import connection_test
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.systems.paytm_case import OF_SETTLEMENTS, SETTLED, PaytmCase, rupee_company
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.paytm import Paytm, fixture
from erp_connect.tests.fakes.paytm_lists import IST
from erp_connect.tests.fakes.troubles import Trouble

DAY = dt.timedelta(days=1)


class TestSettlements(PaytmCase):
	"""Of a company in India, which keeps its books in rupees."""

	def setUp(self) -> None:
		super().setUp()
		self.company = rupee_company()
		self.payout = make.unique("ALL")  # what other tests booked has other numbers

	def rupees(self, amount: float = 100) -> Any:
		"""A submitted Sales Order of the company, with its invoice."""
		line = {"item_code": make.item(is_stock_item=0).name, "qty": 1, "rate": amount}
		named = {"company": self.company, "customer": make.customer().name, "currency": "INR"}
		days = {"transaction_date": today(), "delivery_date": today()}
		values = {"doctype": "Sales Order", "disable_rounded_total": 1, "plc_conversion_rate": 1}
		order = frappe.get_doc({**values, **named, **days, "items": [line]}).insert().submit()
		make_invoice(order)
		self.commit()
		return order

	def row(self, number: str, gross: float, fee: float = 0, **changes: Any) -> dict[str, Any]:
		named = {"transactionId": f"2026112511121280011016847010{number}", "orderId": f"ORDER-{number}"}
		return self.fake.row(fixture("settlement"), gross, fee, **{**named, **changes})

	def journal(self, entity: str, *ids: str) -> Any:
		return self.linked(entity, ":".join(ids))

	@proves("Payouts booked", "Fees booked", "Disputes")
	def test_a_payout_with_its_fees_and_a_chargeback_is_booked(self):
		self.connect(*OF_SETTLEMENTS)
		paid, back = self.row("1", 100, 2.36), self.row("2", 30, transactionType="REFUND")
		lost = self.row("3", 40, transactionType="CHARGEBACK", disputeId="DISPUTE-3")
		pending = self.row("4", 70, status="PENDING")
		self.fake.pay_out(self.payout, [paid, back, lost, pending])
		for _ in range(2):
			for flow in OF_SETTLEMENTS[:3]:
				self.pull(flow)
		self.assert_all_done()
		entry = self.journal("settlement", self.payout, "ACQUIRING", paid["transactionId"])
		self.assertEqual((entry.docstatus, entry.cheque_no, entry.company), (1, self.payout, self.company))
		self.assertIn(f"UTR{self.payout}", entry.user_remark)
		self.assertEqual(self.booked(entry.name), {"House Bank": 97.64, "Card Clearing": -97.64})
		for row, amount in ((back, 30), (lost, 40)):
			entry = self.journal("settlement", self.payout, row["transactionType"], row["transactionId"])
			self.assertEqual(self.booked(entry.name), {"House Bank": -amount, "Card Clearing": amount})
		fee = self.journal("settlement fee", "fee", self.payout, "ACQUIRING", paid["transactionId"])
		self.assertEqual(self.booked(fee.name), {"Card Fees": 2.36, "Card Clearing": -2.36})
		dispute = self.journal("dispute", "chargeback", self.payout, lost["transactionId"])
		self.assertEqual(dispute.cheque_no, "DISPUTE-3")
		self.assertEqual(self.booked(dispute.name), {"Card Disputes": 40, "Card Clearing": -40})
		self.assertEqual(len(self.links(document_type="Journal Entry")), 5, self.history())

	@proves("Payouts compared with their entries")
	def test_a_payout_equals_its_entries_or_shows_the_difference(self):
		self.connect("Payments", "Refunds", *OF_SETTLEMENTS)
		order = self.rupees()
		payment = self.fake.pay(order.name, "100.00")
		self.by_webhook()
		refund = self.fake.give_back(order.name, "30.00")
		self.by_webhook()
		self.assert_all_done()
		paid = self.row("1", 100, 2.36, transactionId=payment["txnId"], orderId=order.name)
		of = {"merchantRefId": refund["refId"], "transactionId": refund["refundId"]}
		back = self.row("2", 30, transactionType="REFUND", orderId=order.name, **of)
		lost = self.row("3", 40, transactionType="CHARGEBACK", disputeId="DISPUTE-3")
		self.fake.pay_out(self.payout, [paid, back, lost])
		for flow in OF_SETTLEMENTS[:3]:
			self.pull(flow)
		self.assert_all_done()
		doc = frappe.get_doc("Field Mapping", self.flow("Entries of settlements"))
		since = dt.datetime.now(IST) - 30 * DAY
		doc.update({"window_compare": 1, "window_since": f"{since:%Y-%m-%d}", "page_size": 2})
		doc.save()
		self.commit()
		self.assertEqual(self.compared("Entries of settlements"), (0, 0, 0, 0), self.history())
		self.fake.pay_out(self.payout, [self.row("5", 50)])  # whose payment nobody booked
		row = self.comparison_of("Entries of settlements")
		found = frappe.get_all("Sync Difference", {"reconciliation": row.name}, ["external_id", "message"])
		(payout,) = [one for one in found if one.external_id == self.payout]
		self.assertIn("27.64 here, 77.64 there, a difference of -50.00", payout.message)

	@proves("Throttled", "Error 500 survived")
	def test_pages_changes_and_what_goes_wrong_on_the_way(self):
		self.connect("Settlements")
		self.in_small_pages("Settlements")
		now = dt.datetime.now(IST)
		for ago in (3, 2, 1):
			self.fake.pay_out(
				f"{self.payout}-{ago}", [self.row(f"{ago}{n}", 100) for n in "12"], now - ago * DAY
			)
		self.fake.troubles += [Trouble("POST", SETTLED, status) for status in (500, 429)]
		for _ in range(4):
			self.pull("Settlements")
		self.assertEqual(len(self.links(remote_entity="settlement")), 6, self.history())
		asked = [body for path, body in self.fake.calls if path == SETTLED]
		self.assertEqual(asked[-1]["startDate"], f"{now - DAY:%Y-%m-%d}")
		self.assert_all_done()

	def test_what_is_older_is_loaded_in_windows_of_a_week(self):
		self.connect("Settlements")
		now = dt.datetime.now(IST)
		old = self.fake.pay_out(self.payout, [self.row("1", 100)], now - 40 * DAY)
		self.pull("Settlements")
		self.assertEqual(self.links(remote_entity="settlement"), [])
		self.load("Settlements", f"{now - 45 * DAY:%Y-%m-%d}")
		self.journal("settlement", self.payout, "ACQUIRING", old[0]["transactionId"])

	def test_payouts_of_weeks_come_by_the_pull_though_a_week_is_listed_at_once(self):
		now = dt.datetime.now(IST)
		self.connect("Settlements", entries={"first_payout_day": f"{now - 40 * DAY:%Y-%m-%d}"})
		rows = [self.row(str(ago), 100) for ago in (39, 20, 2)]
		for row, ago in zip(rows, (39, 20, 2), strict=True):
			self.fake.pay_out(f"{self.payout}-{ago}", [row], now - ago * DAY)
		self.assertEqual(self.pull("Settlements").error or "", "")
		self.assertEqual(len(self.links(remote_entity="settlement")), 3, self.history())
		since = self.pull("Settlements").since
		self.fake.settled.clear()
		self.assertEqual(self.pull("Settlements").since, since)

	def test_a_wrong_client_secret_is_told_and_payments_go_on_without_one(self):
		self.connect("Settlements")
		self.fake.client_secret = "another secret of more than 32 letters"
		self.pull("Settlements")
		self.assert_paused("credentials")
		self.connect("Payments", name="No settlements", entries={"client_id": "", "client_secret": ""})
		told = connection_test.run(frappe.get_doc("Integration Settings", self.account))
		self.assertTrue(told["ok"], told)

	def test_two_accounts_of_two_companies_with_the_same_payouts(self):
		other = Paytm()
		self.addCleanup(other.stop)
		rows = [self.row("1", 100)]
		self.connect("Settlements", name="One")
		self.connect("Settlements", name="Two", fake=other, company=rupee_company("Second Rupee Trading"))
		self.fake.pay_out(self.payout, rows)
		other.pay_out(self.payout, [{**rows[0], "settledAmount": "50.00"}])
		ids = ":".join((self.payout, "ACQUIRING", rows[0]["transactionId"]))
		for account, amount in (("One", 100), ("Two", 50)):
			self.pull("Settlements", account)
			self.assertEqual(self.linked("settlement", ids, account).total_debit, amount)
