"""Two sites that both have the app and are connected both ways: what one of them does to itself for that.

`join` and `state` run on either site: here in this process, over there by `bench execute`.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import frappe

from erp_connect.api import presets
from erp_connect.config import preset_files as known
from erp_connect.tests.base import allow_networks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pair import BENCH, BOT

ACCOUNT, PRESET = "Other Site", "ERP Connect"
ROLES = ("Stock Manager", "Stock User", "Integration Manager")


def scopes(mark: str) -> dict[str, tuple[str, dict[str, str]]]:
	"""What keeps each flow to the records of one test class: a condition here, and the same as a filter over there."""
	fields = {
		"Customers": "customer_group", "Contacts": "company_name", "Addresses": "county", "Items": "item_group",
		"Item Prices": "price_list", "Sales Orders": "selling_price_list",
	}  # fmt: skip
	found = {flow: (f"{field} == '{mark}'", {field: mark}) for flow, field in fields.items()}
	condition, filters = found["Sales Orders"]
	return {**found, "Sales Orders": (f"docstatus != `0` && {condition}", filters)}


def run_there(site: str, function: str, **kwargs: Any) -> Any:
	"""Call a function of this module on another site of the bench; its answer."""
	command = [*BENCH, "--site", site, "execute", f"{__name__}.{function}", "--kwargs", json.dumps(kwargs)]
	done = subprocess.run(command, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)
	if done.returncode:
		raise AssertionError(f"{function} on {site}:\n{done.stdout}\n{done.stderr}")
	lines = done.stdout.strip().splitlines()
	return json.loads(lines[-1]) if lines else None


def open_user(mark: str) -> dict[str, str]:
	"""The user that acts here for the other site, with fresh API keys, and the masters of a scope."""
	user = frappe.get_doc("User", make.user(BOT, (*make.ROLES, *ROLES)))
	keys = {"api_key": frappe.generate_hash(length=15), "api_secret": frappe.generate_hash(length=15)}
	user.update(keys)
	user.save(ignore_permissions=True)  # run from a shell, by the site's owner
	_masters(mark)
	frappe.db.commit()
	return keys


def join(mark: str, url: str, api_key: str, api_secret: str) -> None:
	"""Connect this site to the one at `url`, as the preset says, within the scope of the tests."""
	allow_networks(["127.0.0.0/8"])
	values = {"account_name": ACCOUNT, "base_url": url, "user": BOT, "company": make.company()}
	values |= presets.apply_to_account({**values, "auth_type": ""}, PRESET)
	values |= {
		"api_key": api_key,
		"api_secret": api_secret,
		"retry_schedule": "1s, 1s, 2s, 2s, 5s, 5s, 5s, 5s",
	}
	frappe.get_doc({"doctype": "Integration Settings", **values, "breaker_threshold": 0}).insert()
	names = [flow.name for flow in known.load(PRESET).flows]
	for name in presets.add_flows(ACCOUNT, PRESET, names):
		_enable(name, mark)
	frappe.db.commit()


def _enable(name: str, mark: str) -> None:
	flow = frappe.get_doc("Field Mapping", name)
	short = name.partition(": ")[2]
	if scope := scopes(mark).get(short):
		flow.condition = scope[0]
		value = json.dumps(scope[1]).replace("{", "{{").replace("}", "}}")
		flow.append("pull_parameters", {"place": "Query", "key": "filters", "value": value})
	if short == "Stock Movements Out":
		flow.append("linked_documents", {"link_field": "item_code", "alias": "_item"})
		flow.condition = f"_item.item_group == '{mark}'"
	flow.enabled = 1
	flow.save()


def _masters(mark: str) -> None:
	for doctype, values in (
		("Customer Group", {"customer_group_name": mark, "parent_customer_group": "All Customer Groups"}),
		("Item Group", {"item_group_name": mark, "parent_item_group": "All Item Groups"}),
		("Price List", {"price_list_name": mark, "currency": "USD", "selling": 1}),
	):
		if not frappe.db.exists(doctype, mark):
			frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)  # as above


def leave() -> None:
	"""Forget the other site."""
	from erp_connect.tests.base import wipe

	wipe()
	frappe.db.commit()
