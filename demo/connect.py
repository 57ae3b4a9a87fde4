"""Connects the demonstration's site to the receiver: a user with few roles, an account, and the flows of flows.json.

Run again it brings them up to date. Everything is made through the app's own DocTypes, as a person would in Desk.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frappe

ACCOUNT = "Demo shop"
USER = "connector@example.com"
# Just enough to read what is sent, and to write what the shop sends.
ROLES = ("Sales User", "Accounts User", "Stock User")
FLOWS = Path(__file__).with_name("flows.json")


def connect(url: str, secrets: dict[str, str]) -> list[str]:
	"""Account and flows towards the receiver at `url`. Returns the names of the flows."""
	let_jobs_begin()
	make_user()
	make_account(url, secrets)
	return [make_flow(values) for values in json.loads(FLOWS.read_text())]


def let_jobs_begin() -> None:
	"""Frappe dates a new site's jobs by the clock of India, the setup wizard then changes the time zone, and in the
	Americas nothing would be due for hours. Ours begin now; the others, a hundred of them, at their next time."""
	now = frappe.utils.now()
	for job in frappe.get_all(
		"Scheduled Job Type",
		filters={"creation": (">", now), "last_execution": ("is", "not set")},
		fields=["name", "method"],
	):
		last = frappe.utils.add_days(now, -1) if job.method.startswith("erp_connect.") else now
		frappe.db.set_value("Scheduled Job Type", job.name, "last_execution", last, update_modified=False)


def make_user() -> None:
	"""The user the account acts as: may read what is sent, may not log in."""
	if frappe.db.exists("User", USER):
		return
	frappe.get_doc(
		{
			"doctype": "User",
			"email": USER,
			"first_name": "Connector",
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in ROLES],
		}
	).insert()


def make_account(url: str, secrets: dict[str, str]) -> None:
	doc = _existing("Integration Settings", ACCOUNT) or frappe.new_doc("Integration Settings")
	doc.update(
		{
			"account_name": ACCOUNT,
			"base_url": url,
			# The same shop, at another port while the demo of another bench runs.
			"links_when_moved": "Keep",
			"company": frappe.get_all("Company", pluck="name", limit=1)[0],
			"user": USER,
			"auth_type": "Bearer Token",
			"token": secrets["token"],
			"signing_secret": secrets["signing_secret"],
			"test_path": "/ping",
			"error_expression": "message",
			"retry_schedule": "5s, 30s, 2m, 10m, 1h",
			**inbound(secrets),
		}
	)
	doc.save()


def inbound(secrets: dict[str, str]) -> dict[str, Any]:
	"""What the account has to say about a shop that calls in."""
	company = frappe.get_all("Company", pluck="name", limit=1)[0]
	accounts = {"company": company, "is_group": 0}
	tax = frappe.get_all("Account", {**accounts, "account_type": "Tax"}, pluck="name", limit=1)[0]
	income = frappe.get_all("Account", {**accounts, "root_type": "Income"}, pluck="name", limit=1)[0]
	cash = frappe.get_all("Account", {**accounts, "account_type": "Cash"}, pluck="name", limit=1)[0]
	return {
		"inbound_enabled": 1,
		"inbound_key": "demo-shop",
		"inbound_secret": secrets["inbound_secret"],
		"verification": "standard_webhooks",
		"verification_secret": secrets["webhook_secret"],
		"warehouse": frappe.get_all(
			"Warehouse", {"company": company, "warehouse_name": "Stores"}, pluck="name"
		)[0],
		"customer_group": "Individual",
		"territory": "United States",
		"payment_account": cash,
		"commerce_accounts": [{"kind": "Tax", "account": tax}, {"kind": "Shipping", "account": income}],
	}


def webhook_key() -> str:
	"""The end of the address that the shop sends its webhooks to."""
	return frappe.db.get_value("Integration Settings", ACCOUNT, "endpoint_key")


def make_flow(values: dict[str, Any]) -> str:
	"""A Field Mapping of this account. One that is there stays as it is: somebody may have tried things out.

	Unless it comes from a demonstration in which it went another way.
	"""
	flow = _existing("Field Mapping", values["mapping_name"])
	if flow is None:
		frappe.get_doc({"doctype": "Field Mapping", "integration": ACCOUNT, **values}).insert()
	elif flow.direction != values.get("direction", "Outgoing"):
		flow.update(values)
		flow.save()
	return values["mapping_name"]


def _existing(doctype: str, name: str):
	return frappe.get_doc(doctype, name) if frappe.db.exists(doctype, name) else None
