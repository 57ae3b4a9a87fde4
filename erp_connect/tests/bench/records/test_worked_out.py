"""What Desk works out of other columns of a row: hours that are billed, amounts that are sanctioned, pieces that were received,
rates of taxes."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestWorkedOut(EndsTestCase):
	def flow(self, doctype: str, key: str, *fields: tuple[str, str], **values: Any) -> inflow.InFlow:
		rows = [make.row(*pair, row_key=int(pair[0] == key)) for pair in fields]
		found = make.incoming(doctype, rows, **values)
		self.commit()
		return found

	def written(self, flow: inflow.InFlow, **record: Any) -> Any:
		done = write.upsert(flow, {"id": "1", **record})
		self.commit()
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	def activity(self, billing: float, costing: float) -> str:
		values = {
			"activity_type": make.unique("Activity"),
			"billing_rate": billing,
			"costing_rate": costing,
		}
		return frappe.get_doc({"doctype": "Activity Type", **values}).insert().name

	def timesheets(self, *fields: tuple[str, str]) -> inflow.InFlow:
		return self.flow(
			"Timesheet", "time_logs[].description", ("time_logs[].activity_type", "logs[].what"),
			("time_logs[].from_time", "logs[].start"), ("time_logs[].hours", "logs[].hours"),
			("time_logs[].is_billable", "logs[].billed"), ("time_logs[].description", "logs[].no"), *fields,
		)  # fmt: skip

	def log(self, what: str, hours: float, billed: int = 1, **more: Any) -> dict[str, Any]:
		return {
			"no": "a",
			"what": what,
			"start": f"{today()} 08:00:00",
			"hours": hours,
			"billed": billed,
			**more,
		}

	def test_hours_are_billed_as_they_are_said(self):
		flow, plain, dear = self.timesheets(), self.activity(50, 20), self.activity(80, 30)
		for what, hours, billed, amount, cost in (
			(plain, 2, 1, 100, 40), (plain, 3, 1, 150, 60), (plain, 1.5, 1, 75, 30), (dear, 1.5, 1, 120, 45), (dear, 1.5, 0, 0, 45),
		):  # fmt: skip
			with self.subTest(hours=hours, amount=amount):
				doc = self.written(flow, logs=[self.log(what, hours, billed)])
				(row,) = doc.time_logs
				self.assertEqual(
					(row.billing_hours, row.billing_amount, row.costing_amount),
					(hours * billed, amount, cost),
				)
				self.assertEqual(doc.total_billable_amount, amount)

	def test_hours_that_are_said_to_be_billed_stand(self):
		flow, what = self.timesheets(("time_logs[].billing_hours", "logs[].paid")), self.activity(50, 20)
		for hours in (4, 5):
			(row,) = self.written(flow, logs=[self.log(what, hours, paid=1)]).time_logs
			self.assertEqual((row.hours, row.billing_hours, row.billing_amount), (hours, 1, 50))

	def test_what_a_person_chose_stays_where_nothing_changes_of_what_it_follows_from(self):
		flow, what = self.timesheets(("note", "note")), self.activity(50, 20)
		doc = self.written(flow, logs=[self.log(what, 4)], note="first")
		doc.time_logs[0].update({"billing_hours": 3, "billing_rate": 60})
		doc.save()
		doc = self.written(flow, logs=[self.log(what, 4)], note="second")
		self.assertEqual(
			(doc.note, doc.time_logs[0].billing_hours, doc.time_logs[0].billing_rate), ("second", 3, 60)
		)

	def test_hours_of_a_project_are_billed_once(self):
		customer = make.customer().name
		project = {"doctype": "Project", "project_name": make.unique("P"), "customer": customer}
		project = frappe.get_doc({**project, "company": self.company}).insert().name
		log = {
			"activity_type": self.activity(50, 20),
			"is_billable": 1,
			"billing_rate": 50,
			"project": project,
		}
		sheet = frappe.get_doc(
			{
				"doctype": "Timesheet", "company": self.company, "customer": customer, "parent_project": project,
				"time_logs": [
					{**log, "from_time": f"{today()} {hour:02}:00:00", "hours": 2, "billing_hours": 2} for hour in (8, 12)
				],
			}
		).insert()  # fmt: skip
		sheet.submit()
		flow = self.flow(
			"Sales Invoice", "timesheets[].time_sheet", ("customer", "who"), ("project", "project"),
			("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"), ("items[].rate", "lines[].rate"),
			("timesheets[].time_sheet", "sheets[].name"), submit_document=1,
		)  # fmt: skip
		line = {"sku": make.item(is_stock_item=0).name, "qty": 4, "rate": 50}
		said = {"who": customer, "project": project, "lines": [line], "sheets": [{"name": sheet.name}]}
		bill = self.written(flow, **said)
		self.assertEqual([row.billing_hours for row in bill.timesheets], [2, 2])
		self.assertEqual((sheet.reload().status, sheet.per_billed), ("Billed", 100))

	def test_what_is_claimed_is_sanctioned(self):
		if "hrms" not in frappe.get_installed_apps():
			self.skipTest("Frappe HR is not installed on this site")
		ledger = commerce_case.account("Travel Costs", "", "Indirect Expenses")
		kind = {"doctype": "Expense Claim Type", "expense_type": make.unique("Travel")}
		kind = frappe.get_doc(
			{**kind, "accounts": [{"company": self.company, "default_account": ledger}]}
		).insert()
		person = {
			"doctype": "Employee", "first_name": make.unique("Person"), "company": self.company, "gender": "Female",
			"date_of_birth": "1990-04-01", "date_of_joining": "2020-01-01", "status": "Active",
		}  # fmt: skip
		who = frappe.get_doc(person).insert().name
		company = frappe.get_cached_doc("Company", self.company)
		fields = (
			("employee", "who"), ("approval_status", "state"), ("payable_account", "payable"),
			("expenses[].expense_type", "costs[].what"), ("expenses[].amount", "costs[].amount"),
			("expenses[].expense_date", "costs[].day"), ("expenses[].cost_center", "costs[].center"),
		)  # fmt: skip
		base = {"who": who, "payable": company.default_payable_account}
		cost = {"what": kind.name, "day": today(), "center": company.cost_center}
		drafts = self.flow("Expense Claim", "expenses[].expense_type", *fields)
		for amount in (100, 120, 80):
			doc = self.written(drafts, **base, state="Draft", costs=[{**cost, "amount": amount}])
			self.assertEqual((doc.total_claimed_amount, doc.total_sanctioned_amount), (amount, amount))
		doc.expenses[0].sanctioned_amount = 50
		doc.save()
		doc = self.written(drafts, **base, state="Approved", costs=[{**cost, "amount": 80}])
		self.assertEqual((doc.approval_status, doc.total_sanctioned_amount), ("Approved", 50))
		booked = self.flow(
			"Expense Claim", "expenses[].expense_type", *fields, submit_document=1, remote_entity="claim"
		)
		doc = self.written(booked, **base, state="Approved", costs=[{**cost, "amount": 100}])
		self.assertEqual(self.booked(doc.name), {ledger: 100, company.default_payable_account: -100})

	def test_pieces_of_a_receipt_that_change(self):
		base = {"who": make.supplier().name, "bad": self.warehouse_of_the_bad()}
		flow = self.flow(
			"Purchase Receipt", "items[].item_code", ("supplier", "who"), ("rejected_warehouse", "bad"),
			("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"), ("items[].rejected_qty", "lines[].bad"),
			("items[].rate", "lines[].rate"),
		)  # fmt: skip
		for pieces, bad in ((10, 0), (8, 0), (8, 2), (7, 0)):
			lines = [{"sku": self.first, "qty": pieces, "bad": bad, "rate": 4}]
			(row,) = self.written(flow, **base, lines=lines).items
			self.assertEqual(
				(row.qty, row.rejected_qty, row.received_qty, row.received_stock_qty),
				(pieces, bad, pieces + bad, pieces + bad),
			)

	def warehouse_of_the_bad(self) -> str:
		values = {"warehouse_name": make.unique("Rejected"), "company": self.company}
		return frappe.get_doc({"doctype": "Warehouse", **values}).insert().name

	def test_a_bill_that_comes_with_the_goods(self):
		flow = self.flow(
			"Purchase Invoice", "items[].item_code", ("supplier", "who"), ("update_stock", "stock"),
			("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"), ("items[].rate", "lines[].rate"),
		)  # fmt: skip
		who = make.supplier().name
		for pieces in (10, 8):
			lines = [{"sku": self.first, "qty": pieces, "rate": 4}]
			(row,) = self.written(flow, who=who, stock=1, lines=lines).items
			self.assertEqual((row.qty, row.received_qty), (pieces, pieces))

	def test_what_is_asked_for_comes_to_its_amount(self):
		flow = self.flow(
			"Material Request", "items[].item_code", ("material_request_type", "kind"), ("schedule_date", "day"),
			("set_warehouse", "where"), ("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"),
			("items[].rate", "lines[].rate"),
		)  # fmt: skip
		base = {"kind": "Purchase", "day": today(), "where": make.warehouse()}
		for pieces, rate in ((2, 10), (3, 10), (3, 5)):
			lines = [{"sku": self.first, "qty": pieces, "rate": rate}]
			(row,) = self.written(flow, **base, lines=lines).items
			self.assertEqual((row.rate, row.amount), (rate, pieces * rate))

	def test_parts_and_inquiries_in_another_unit(self):
		"""ERPNext takes the factor of parts for 1, and demands that of an inquiry."""
		part = make.item()
		part.append("uoms", {"uom": "Box", "conversion_factor": 12})
		part.save()
		lines = (
			("items[].item_code", "lines[].sku"),
			("items[].qty", "lines[].qty"),
			("items[].uom", "lines[].unit"),
		)
		parts = self.flow("BOM", "items[].item_code", ("item", "what"), ("quantity", "pieces"), *lines)
		inquiries = self.flow(
			"Request for Quotation", "items[].item_code", ("suppliers[].supplier", "asked[].who"),
			("message_for_supplier", "text"), ("schedule_date", "day"), ("items[].schedule_date", "lines[].day"),
			("items[].warehouse", "lines[].where"), *lines,
		)  # fmt: skip
		said = {
			"what": make.item().name,
			"pieces": 1,
			"asked": [{"who": make.supplier().name}],
			"text": "?",
			"day": today(),
		}
		for flow in (parts, inquiries):
			for unit, pieces in (("Box", 24), ("Nos", 2), ("Box", 24)):
				line = {"sku": part.name, "qty": 2, "unit": unit, "day": today(), "where": make.warehouse()}
				(row,) = self.written(flow, **said, lines=[line]).items
				self.assertEqual((row.uom, row.stock_qty), (unit, pieces))

	def test_what_is_earned_or_paid_over_months(self):
		later = commerce_case.account("Earned Later", "", "Current Liabilities")
		before = commerce_case.account("Paid Before", "", "Current Assets")
		accounts = {"deferred_revenue_account": later, "deferred_expense_account": before}
		months = {"no_of_months": 12, "no_of_months_exp": 12}
		ticked = {"enable_deferred_revenue": 1, "enable_deferred_expense": 1}
		item = make.item(
			is_stock_item=0, item_defaults=[{"company": self.company, **accounts}], **months, **ticked
		)
		lines = (
			("items[].qty", "lines[].qty"),
			("items[].rate", "lines[].rate"),
			("items[].item_code", "lines[].sku"),
		)
		for doctype, party, who, ledger, amount in (
			("Sales Invoice", "customer", make.customer().name, later, -120),
			("Purchase Invoice", "supplier", make.supplier().name, before, 120),
		):
			flow = self.flow(doctype, "items[].item_code", (party, "who"), *lines)
			self.written(flow, who=who, lines=[{"sku": self.first, "qty": 1, "rate": 120}])
			doc = self.written(flow, who=who, lines=[{"sku": item.name, "qty": 1, "rate": 120}])
			doc.set("items", [row for row in doc.items if row.item_code == item.name])
			doc.save()
			doc.submit()
			self.assertEqual(self.booked(doc.name)[ledger], amount)

	def taxed(self, doctype: str, party: str, *fields: tuple[str, str]) -> inflow.InFlow:
		return self.flow(
			doctype, "taxes[].idx", (party, "who"), ("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"),
			("items[].rate", "lines[].rate"), ("taxes[].charge_type", "taxes[].kind"),
			("taxes[].account_head", "taxes[].account"), *fields,
			table_rows="Remove", remote_entity=make.unique("document"),
		)  # fmt: skip

	def taxes(self) -> tuple[str, str]:
		"""Accounts of taxes of 19 and of 7 percent."""
		full, less = (
			commerce_case.account(name, "Tax", "Duties and Taxes") for name in ("Full VAT", "Lower VAT")
		)
		for ledger, rate in ((full, 19), (less, 7)):
			frappe.get_doc("Account", ledger).update({"tax_rate": rate}).save()
		return full, less

	def test_a_tax_has_the_rate_of_its_account(self):
		full, less = self.taxes()
		lines = [{"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}]
		for doctype, party, who in (
			("Sales Invoice", "customer", make.customer().name),
			("Purchase Invoice", "supplier", make.supplier().name),
		):
			with self.subTest(doctype):
				flow = self.taxed(doctype, party)
				for ledger, name, total in ((full, "Full VAT", 119), (less, "Lower VAT", 107)):
					doc = self.written(
						flow, who=who, lines=lines, taxes=[{"kind": "On Net Total", "account": ledger}]
					)
					self.assertEqual((doc.taxes[0].description, doc.grand_total), (name, total))
				doc.taxes[0].rate = 5
				doc.save()
				doc = self.written(
					flow,
					who=who,
					lines=[{**lines[0], "rate": 200}],
					taxes=[{"kind": "On Net Total", "account": less}],
				)
				self.assertEqual(doc.grand_total, 210, "what a person chose stays")

	def test_a_rate_that_is_said_and_a_tax_that_is_an_amount_stand(self):
		full, _less = self.taxes()
		said = {
			"who": make.customer().name,
			"lines": [{"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}],
		}
		rate = self.taxed("Sales Invoice", "customer", ("taxes[].rate", "taxes[].rate"))
		amount = self.taxed("Sales Invoice", "customer", ("taxes[].tax_amount", "taxes[].amount"))
		doc = self.written(rate, **said, taxes=[{"kind": "On Net Total", "account": full, "rate": 0}])
		self.assertEqual((doc.taxes[0].rate, doc.grand_total), (0, 100))
		doc = self.written(amount, **said, taxes=[{"kind": "Actual", "account": full, "amount": 3}])
		self.assertEqual((doc.taxes[0].rate, doc.grand_total), (0, 103))


class TestBlanketOrders(ConnectTestCase):
	def test_the_agreed_rate_is_taken_where_none_is_said(self):
		make.account(self.receiver.url())
		customer, item, company = make.customer().name, make.item(is_stock_item=0).name, make.company()
		price = {
			"doctype": "Item Price",
			"price_list": "Standard Selling",
			"item_code": item,
			"price_list_rate": 9,
		}
		frappe.get_doc(price).insert()
		agreed = {
			"doctype": "Blanket Order", "blanket_order_type": "Selling", "company": company, "customer": customer,
			"from_date": frappe.utils.nowdate(), "to_date": frappe.utils.add_days(frappe.utils.nowdate(), 90),
			"items": [{"item_code": item, "qty": 10, "rate": 7}],
		}  # fmt: skip
		agreed = frappe.get_doc(agreed).insert().submit()
		rows = [
			make.row("customer", "who"),
			make.row("company", "company"),
			make.row("delivery_date", "due"),
			make.row("items[].item_code", "lines[].sku"),
			make.row("items[].qty", "lines[].count"),
			make.row("items[].rate", "lines[].price"),
			make.row("items[].blanket_order", "lines[].of"),
			make.row("items[].against_blanket_order", "lines[].against"),
		]
		flow = make.incoming("Sales Order", rows, submit_document=1)
		self.commit()
		line = {"sku": item, "count": 2, "of": agreed.name, "against": 1}
		said = {"who": customer, "company": company, "due": frappe.utils.add_days(frappe.utils.nowdate(), 5)}
		for number, (more, rate) in enumerate((({}, 7), ({"price": 8}, 8), ({"of": None, "against": 0}, 9))):
			with self.subTest(**more):
				done = write.upsert(flow, {"id": str(number), **said, "lines": [{**line, **more}]})
				order = frappe.get_doc(done.doctype, done.name)
				self.assertEqual((order.items[0].rate, order.total), (rate, 2 * rate))
