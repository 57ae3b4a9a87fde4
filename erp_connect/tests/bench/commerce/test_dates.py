"""One rule for all dates: an order and what follows it happened on the site's day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import frappe
from frappe.utils import getdate, nowdate

from erp_connect.config import inflow
from erp_connect.records import site_time, write
from erp_connect.records.errors import BadRecord
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase, only


@contextmanager
def site_in(zone: str) -> Iterator[None]:
	"""The site's time zone is this one inside the block, for this process."""
	settings = frappe.get_cached_doc("System Settings")
	before = settings.time_zone
	settings.time_zone, frappe.local.system_settings = zone, settings
	try:
		yield
	finally:
		settings.time_zone = before
		frappe.local.system_settings = None


class TestDates(CommerceTestCase):
	def test_moments(self):
		for zone, text, day in (
			("America/New_York", "2026-11-26T02:30:00Z", date(2026, 11, 25)),
			("America/New_York", "2026-11-26T02:30:00 UTC", date(2026, 11, 25)),
			("America/New_York", "2026-11-26 02:30:00+00", date(2026, 11, 25)),
			("America/New_York", "2026-11-26T02:30:00.123456789+00:00", date(2026, 11, 25)),
			("America/New_York", "2026-11-26T02:30:00", date(2026, 11, 26)),
			("America/New_York", "2026-11-26", date(2026, 11, 26)),
			("America/New_York", "2026-11-26T02:30:00-05:00", date(2026, 11, 26)),
			("Asia/Kolkata", "2026-11-25T19:00:00Z", date(2026, 11, 26)),
			("Asia/Kolkata", "2026-11-25T23:30:00-0500", date(2026, 11, 26)),
		):
			with self.subTest(zone, text=text), site_in(zone):
				self.assertEqual(site_time.day_of(text), day)
		self.assertEqual(site_time.past_day_of("2199-01-01"), getdate(nowdate()))
		self.assertEqual(site_time.at_site(datetime(2026, 1, 1, 5)), datetime(2026, 1, 1, 5))

	def test_a_document_of_any_flow_has_the_same_day(self):
		flow = make.flow(
			"ToDo", [], [make.row("description", "text"), make.row("date", "when")], direction="Incoming",
			inbound_id_expression="id",
		)  # fmt: skip
		self.commit()
		with site_in("America/New_York"):
			done = write.upsert(
				inflow.load(flow.name), {"id": "1", "text": "x", "when": "2026-11-26T02:30:00Z"}
			)
		self.assertEqual(frappe.db.get_value("ToDo", done.name, "date"), date(2026, 11, 25))

	def test_what_is_no_date_is_said(self):
		texts = ("26.11.2026", "2026-13-01", "2026-02-30", "soon", "2026-11", "0001-01-01T00:00:00+14:00")
		for text in (*texts, "0001-01-01", "0001-01-01T00:00:00", "0099-12-31"):
			with self.subTest(text), site_in("America/New_York"), self.assertRaises(BadRecord) as caught:
				site_time.day_of(text)
			self.assertEqual(caught.exception.params["field"], "date")

	def test_an_order_of_the_year_1_is_refused_in_words(self):
		"""What programs send where they have no date, and Frappe takes for none."""
		none = "0001-01-01T00:00:00"
		with self.assertRaisesRegex(BadRecord, f"{none} is not a date"):
			self.order(date=none)
		order = self.order(delivery_date=none)
		self.assertEqual(order.delivery_date, order.transaction_date)

	def test_an_order_its_payment_its_invoice_and_its_refund_have_one_day(self):
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		moment, day = "2026-11-26T02:30:00Z", date(2026, 11, 25)
		with site_in("America/New_York"):
			order = self.order(date=moment)
			paid = self.pay("93.00", date=moment)
			back = self.refund(
				date=moment, lines=[{"line_id": "L1", "quantity": 1}], shipping=0, amount="11.00"
			)
		self.assertEqual((order.transaction_date, order.delivery_date), (day, day))
		self.assertEqual({row.delivery_date for row in order.items}, {day})
		for doctype, name in (
			("Payment Entry", only(paid, "Payment Entry")),
			("Sales Invoice", only(paid, "Sales Invoice")),
			("Sales Invoice", only(back, "Sales Invoice")),
			("Payment Entry", only(back, "Payment Entry")),
		):
			self.assertEqual(frappe.db.get_value(doctype, name, "posting_date"), day, f"{doctype} {name}")
