"""Accounts, flows and documents for the tests on a site, each with a name of its own."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow

USER = "connect-bot@example.com"
ROLES = (
	"Sales Manager", "Sales User", "Sales Master Manager", "Accounts Manager", "Accounts User", "Stock Manager",
	"Stock User", "Item Manager", "Purchase User",
)  # fmt: skip
ACCOUNT = "Test Shop"


def unique(prefix: str) -> str:
	return f"{prefix} {frappe.generate_hash(length=8)}"


def user(email: str = USER, roles: tuple[str, ...] = ROLES) -> str:
	"""A user who has these roles."""
	if not frappe.db.exists("User", email):
		doc = frappe.get_doc(
			{"doctype": "User", "email": email, "first_name": email.split("@")[0], "send_welcome_email": 0}
		)
		doc.insert(ignore_permissions=True)
	# Also where a reinstallation took a role away. Saving a user is slow, and most tests need one.
	if lacking := set(roles) - set(frappe.get_roles(email)):
		frappe.get_doc("User", email).add_roles(*lacking)
	return email


def query_report(doctype: str, query: str, **values: Any):
	"""A report by a statement, open to whoever may see reports of its DocType. It stays after the test."""
	return frappe.get_doc(
		{
			"doctype": "Report", "report_name": unique("Report"), "ref_doctype": doctype, "is_standard": "No",
			"report_type": "Query Report", "query": query, **values,
		}
	).insert()  # fmt: skip


def offer(*reports: str, account: str = ACCOUNT) -> None:
	"""The account lets its callers run these reports."""
	doc = frappe.get_doc("Integration Settings", account)
	doc.set("reports", [{"report": report} for report in reports])
	doc.save()


def account(url: str, name: str = ACCOUNT, **values: Any):
	"""An account without authentication that retries within seconds."""
	return frappe.get_doc(
		{
			"doctype": "Integration Settings",
			"account_name": name,
			"base_url": url.rstrip("/"),
			"user": user(),
			"company": company(),
			"retry_schedule": "2s, 2s, 2s",
			"deadline": 10,
			# One after the other, so that a test can say in which order; others ask for more.
			"concurrency": 1,
			**values,
		}
	).insert()


def request(event: str, method: str, path: str, **values: Any) -> dict:
	return {"event": event, "method": method, "path": path, "send_body": 1, **values}


def row(source: str, target: str, **values: Any) -> dict:
	return {"source": source, "target": target, **values}


def rest(path: str) -> list[dict]:
	"""The requests of an ordinary REST entity."""
	return [
		request("Insert", "POST", path),
		request("Update", "PUT", path + "/{external_id}"),
		request("Delete", "DELETE", path + "/{external_id}", send_body=0),
	]


def flow(document_type: str, requests: list[dict], rows: list[dict], name: str = "", **values: Any):
	"""A flow of ACCOUNT."""
	return frappe.get_doc(
		{
			"doctype": "Field Mapping",
			"mapping_name": name or f"Test {document_type}",
			"integration": ACCOUNT,
			"document_type": document_type,
			"remote_entity": frappe.scrub(document_type),
			"requests": requests,
			"rows": rows,
			**values,
		}
	).insert()


def incoming(document_type: str, rows: list[dict], **values: Any) -> inflow.InFlow:
	"""A flow of documents that come in, with a name and an entity of its own, as it is loaded."""
	own = {"name": unique("flow"), "remote_entity": unique("entity"), **values}
	doc = flow(document_type, [], rows, direction="Incoming", inbound_id_expression="id", **own)
	return inflow.load(doc.name)


def brand_flow(**values: Any):
	"""The smallest useful flow: Brand → /brands, one field besides the name."""
	return flow("Brand", rest("/brands"), [row("name", "name"), row("description", "text")], **values)


def brand_flow_in_windows():
	"""Brands of /list, which are loaded in windows of time by their `changed`."""
	return flow(
		"Brand",
		[],
		[row("brand", "name"), row("description", "text")],
		direction="Incoming",
		pull_path="/list",
		pull_records="data",
		inbound_id_expression="id",
		changed_expression="changed",
		window_days=30,
		pull_parameters=[
			{"place": "Query", "key": "after", "value": "{window_start}"},
			{"place": "Query", "key": "before", "value": "{window_end}"},
			{"place": "Query", "key": "since", "value": "{since}"},
		],
	)


def rates_flow(document_type: str, rows: list[dict], into: str):
	"""A flow that asks /rates for offers, and writes the service of the one that is chosen into a field."""
	return flow(
		document_type,
		[request("Offers", "POST", "/rates", operation="Send")],
		rows,
		offers_expression="rates[].{title: name, price: total, currency: 'EUR', days: days, service: code}",
		write_back=[{"fieldname": into, "value": "_offer.service"}],
	)


def brand(description: str = "first", name: str = ""):
	return frappe.get_doc(
		{"doctype": "Brand", "brand": name or unique("Brand"), "description": description}
	).insert()


def link(document_type: str, document_name: str, entity: str, external_id: str | None, **values: Any):
	"""A document linked with a record of ACCOUNT."""
	return frappe.get_doc(
		{
			"doctype": "Sync Link",
			"integration": ACCOUNT,
			"remote_entity": entity,
			"external_id": external_id,
			"document_type": document_type,
			"document_name": document_name,
			**values,
		}
	).insert(ignore_permissions=True)  # of the site's owner, as the engine makes them


def alert_receiver(**values: Any):
	"""Who is told of alerts of ACCOUNT, by e-mail unless `values` say otherwise."""
	row = {"doctype": "Alert Receiver", "integration": ACCOUNT, "email": "on-call@example.com", **values}
	return frappe.get_doc(row).insert()


def outgoing_mail() -> str:
	"""An outgoing Email Account whose server is not asked: mails stay in the queue. Its name, for whoever deletes it."""
	name = "Alerts Test"
	frappe.get_doc(
		{
			"doctype": "Email Account",
			"name": name,
			"email_account_name": name,
			"email_id": "erp@example.com",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"no_smtp_authentication": 1,
		}
	).db_insert()  # without the visit to the server that saving makes
	return name


def company() -> str:
	return frappe.db.get_value("Company", {}, "name", order_by="creation asc")


def warehouse() -> str:
	return frappe.db.get_value("Warehouse", {"company": company(), "is_group": 0, "warehouse_name": "Stores"})


def customer(**values: Any):
	return frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": unique("Customer"),
			"customer_type": "Company",
			"customer_group": leaf("Customer Group"),
			"territory": leaf("Territory"),
			**values,
		}
	).insert()


def supplier(**values: Any):
	named = {"supplier_name": unique("Supplier"), "supplier_group": leaf("Supplier Group")}
	return frappe.get_doc({"doctype": "Supplier", **named, **values}).insert()


def item(**values: Any):
	name = unique("Item")
	return frappe.get_doc(
		{
			"doctype": "Item",
			"item_code": name,
			"item_name": name,
			"item_group": leaf("Item Group"),
			"stock_uom": "Nos",
			"is_stock_item": 1,
			"valuation_rate": 5,
			**values,
		}
	).insert()


def selling_item(code: str, **values: Any) -> str:
	"""An item with this code that is not kept in stock, made where there is none."""
	if not frappe.db.exists("Item", code):
		item(item_code=code, item_name=code, is_stock_item=0, **values)
	return code


def leaf(doctype: str) -> str:
	"""A record of a tree that is no group."""
	return frappe.db.get_value(doctype, {"is_group": 0}, "name", order_by="lft asc")


def sales_order(customer: str, lines: list[tuple[str, float, float]], submit: bool = True):
	"""lines: (item code, quantity, rate) each."""
	doc = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"company": company(),
			"customer": customer,
			"transaction_date": today(),
			"delivery_date": add_days(today(), 7),
			"set_warehouse": warehouse(),
			"items": [{"item_code": code, "qty": quantity, "rate": rate} for code, quantity, rate in lines],
		}
	).insert()
	return doc.submit() if submit else doc


def sales_invoice(customer: str, item_code: str, rate: float = 100):
	return (
		frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"company": company(),
				"customer": customer,
				"posting_date": today(),
				"due_date": add_days(today(), 30),
				"items": [{"item_code": item_code, "qty": 1, "rate": rate}],
			}
		)
		.insert()
		.submit()
	)


def payment_entry(invoice):
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	doc = get_payment_entry("Sales Invoice", invoice.name)
	doc.update({"reference_no": unique("REF"), "reference_date": today()})
	return doc.insert().submit()


def receipt(item_code: str, quantity: float):
	"""Bring stock into the warehouse."""
	return (
		frappe.get_doc(
			{
				"doctype": "Stock Entry",
				"stock_entry_type": "Material Receipt",
				"company": company(),
				"items": [
					{
						"item_code": item_code,
						"qty": quantity,
						"t_warehouse": warehouse(),
						"basic_rate": 5,
						"uom": "Nos",
					}
				],
			}
		)
		.insert()
		.submit()
	)


def offline_rates() -> None:
	"""ERPNext asks the internet for exchange rates that are not entered: not while tests run."""
	frappe.db.set_single_value("Currency Exchange Settings", "disabled", 1)
