"""Deals and Opportunities in another currency than the company's: none goes or comes as an amount in that one."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import accounts
from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, CrmCase

RATES = {"EUR": 1.1, "JPY": 0.0065}


class CurrencyCase(CrmCase):
	def setUp(self) -> None:
		super().setUp()
		self.forget()
		self.addCleanup(self.forget)
		for currency, rate in RATES.items():
			frappe.get_doc(
				{"doctype": "Currency Exchange", "date": "2026-11-01", "from_currency": currency, "to_currency": "USD",
					"exchange_rate": rate, "for_selling": 1, "for_buying": 1}
			).insert()  # fmt: skip

	def without_currency(self) -> tuple[str, Any]:
		"""A deal that names none, as it came in and was changed: its id and Opportunity, in the company's currency."""
		id_ = self.deal_there()
		self.come_in()
		doc = self.here(DEAL, id_)
		self.assertEqual((doc.currency, doc.opportunity_amount), ("USD", 1500))
		self.alter(DEAL, id_, amount="1600")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.currency, doc.opportunity_amount), ("USD", 1600))
		return id_, doc

	def forget(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("Currency Exchange", {"from_currency": ("in", tuple(RATES))})
		self.commit()

	def deal_there(self, **values: Any) -> str:
		company = self.there(COMPANY, name=f"Oak {self.mark}")
		return self.there(
			DEAL, name="Tables", amount="1500", stage="new", close="2026-12-24", company=company, **values
		)

	def come_in(self) -> None:
		self.pull_of(COMPANY)
		self.pull_of(DEAL)


class SeveralCurrencies(CurrencyCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.currencies = ["USD", "EUR", "JPY"]
		self.connect_for(COMPANY, DEAL, entries=self.several)

	def test_a_deal_comes_in_in_its_currency_and_by_its_rate(self):
		id_ = self.deal_there(currency="JPY")
		self.come_in()
		doc = self.here(DEAL, id_)
		self.assertEqual((doc.currency, doc.opportunity_amount, doc.conversion_rate), ("JPY", 1500, 0.0065))
		self.assert_all_done()

	def test_an_opportunity_goes_out_in_its_currency(self):
		customer = self.customer().name
		docs = {code: self.opportunity(customer, currency=code) for code in ("USD", "EUR")}
		self.send_all()
		for code, doc in docs.items():
			said = self.said(DEAL, self.id_of(doc, DEAL))
			self.assertEqual((float(said["amount"]), said["currency"]), (1200, code), self.history())
			self.pull_of(DEAL)
			doc.reload()
			self.assertEqual((doc.currency, doc.opportunity_amount), (code, 1200))

	def test_a_currency_that_is_not_entered_there_is_refused_in_words(self):
		self.fake.currencies = ["USD", "JPY"]
		self.opportunity(self.customer().name, currency="EUR")
		self.send_all()
		event = self.events(reference_doctype="Opportunity")[-1]
		self.assertEqual(event.status, "Failed", self.history())
		self.assertEqual(self.count_there(DEAL), 0)


class ChangedCurrencies(SeveralCurrencies):
	"""Of a system in which the currency of a deal can be changed."""

	def test_another_currency_comes_in_with_its_rate(self):
		id_ = self.deal_there(currency="JPY")
		self.come_in()
		doc = self.here(DEAL, id_)
		self.alter(DEAL, id_, currency="EUR", amount="10")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.currency, doc.opportunity_amount, doc.conversion_rate), ("EUR", 10, 1.1))
		self.alter(DEAL, id_, currency="USD", amount="11")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.currency, doc.opportunity_amount, doc.conversion_rate), ("USD", 11, 1))

	def test_another_currency_goes_out_with_its_amount(self):
		doc = self.opportunity(self.customer().name, currency="EUR")
		self.send_all()
		doc.update({"currency": "JPY", "opportunity_amount": 200_000, "conversion_rate": None})
		doc.save()
		self.send_all()
		said = self.said(DEAL, self.id_of(doc, DEAL))
		self.assertEqual((float(said["amount"]), said["currency"]), (200_000, "JPY"), self.history())


class OneCurrency(CurrencyCase):
	"""Of a system whose records name no currency where it has one."""

	def setUp(self) -> None:
		super().setUp()
		self.connect_for(COMPANY, DEAL)

	def test_a_deal_is_in_the_currency_of_the_company(self):
		id_, doc = self.without_currency()
		doc.opportunity_amount = 1700
		doc.save()
		self.send_all()
		self.assertEqual(float(self.said(DEAL, id_)["amount"]), 1700)
		self.assert_all_done()

	def test_an_amount_in_another_currency_is_not_sent(self):
		customer = self.customer().name
		doc = self.opportunity(customer, currency="EUR")
		self.send_all()
		event = self.events(reference_doctype="Opportunity")[-1]
		self.assertEqual((event.status, event.outcome), ("Failed", "refused_by_flow"), self.history())
		self.assertIn(f"Opportunity {doc.name} is in EUR", event.error)
		self.assertEqual(self.count_there(DEAL), 0)
		doc.update({"currency": "USD", "conversion_rate": 1})
		doc.save()
		self.opportunity(customer, currency="EUR", opportunity_amount=0, title=f"Open {self.mark}")
		self.send_all()
		self.assertEqual(self.count_there(DEAL), 2, self.history())

	def test_an_account_from_before_this_was_asked_has_one(self):
		account = frappe.get_doc("Integration Settings", self.account)
		account.inputs = [row for row in account.inputs if row.key != "currencies"]
		account.save()
		frappe.get_doc("Field Mapping", self.flow(self.flows[DEAL][0])).save()
		self.commit()
		id_ = self.deal_there()
		self.come_in()
		doc = self.here(DEAL, id_)
		doc.opportunity_amount = 1700
		doc.save()
		self.send_all()
		self.assertEqual(float(self.said(DEAL, id_)["amount"]), 1700)
		doc.update({"currency": "EUR", "conversion_rate": None})
		doc.save()
		self.send_all()
		self.assertEqual(self.events(reference_doctype="Opportunity")[-1].outcome, "refused_by_flow")
		self.assertTrue(accounts.test_connection(self.account)["ok"])

	def test_the_connection_test_tells_what_is_to_be_entered(self):
		self.assertTrue(accounts.test_connection(self.account)["ok"])
		self.fake.currencies = ["USD", "EUR"]
		told = accounts.test_connection(self.account)
		self.assertEqual(told["ok"], False)
		self.assertIn("Enter the input currencies", told["advice"])
		doc = frappe.get_doc("Integration Settings", self.account)
		next(row for row in doc.inputs if row.key == "currencies").value = "several"
		doc.save()
		self.assertTrue(accounts.test_connection(self.account)["ok"])
