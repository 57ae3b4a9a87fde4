"""Money that a person asked for by a Payment Request, and that the shop tells: the request is paid by it, as by Desk's button."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_request.payment_request import make_payment_request

from erp_connect.records import write
from erp_connect.tests.bench.commerce_case import CommerceTestCase, make_invoice
from erp_connect.tests.bench.records import test_payments_as_said as payments


def asked(doctype: str, name: str, amount: float) -> str:
	"""A submitted request for this much of a document."""
	made = make_payment_request(
		dt=doctype, dn=name, recipient_id="buyer@example.com", mute_email=1, return_doc=1
	)
	made.grand_total = amount
	made.flags.mute_email = True
	made.insert() if made.is_new() else made.save()
	made.submit()
	return made.name


def left(request: str) -> tuple[str, float]:
	return frappe.db.get_value("Payment Request", request, ("status", "outstanding_amount"))


class TestShops(CommerceTestCase):
	def test_what_was_asked_for_is_paid_by_the_shops_payments(self):
		for request, paid, after in (
			(93, ("93.00",), [("Paid", 0)]),
			(30, ("93.00",), [("Paid", 0)]),
			(30, ("30.00", "63.00"), [("Paid", 0), ("Paid", 0)]),
			(30, ("20.00", "73.00"), [("Partially Paid", 10), ("Paid", 0)]),
			(93, ("50.00",), [("Partially Paid", 43)]),
		):
			for invoiced in (False, True):
				with self.subTest(request=request, paid=paid, invoiced=invoiced):
					order = self.order()
					of = make_invoice(order) if invoiced else order
					name = asked(of.doctype, of.name, request)
					self.commit()
					states = []
					for amount in paid:
						self.pay(amount)
						states.append(left(name))
					self.assertEqual(states, after)


class TestFlows(payments.PaymentsCase):
	def test_a_request_for_just_this_money_is_paid(self):
		for request, after in ((100, ("Paid", 0)), (30, ("Requested", 30))):
			with self.subTest(request=request):
				flow, one = self.flow(submit_document=1), self.billed(100)
				name = asked(one["kind"], one["no"], request)
				said: dict[str, Any] = {
					**self.said,
					"id": frappe.generate_hash(),
					"for": [one],
					"amount": 100,
				}
				done = write.upsert(flow, said)
				self.assertEqual((done.missed, left(name), self.outstanding(one)), ((), after, [0]))
				self.assertEqual(write.upsert(flow, said).action, "unchanged")
