"""Two sites that both have the app and are connected both ways: what one of them does to itself for that.

`join` and `state` run on either site: here in this process, over there by `bench execute`.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import frappe

from erp_connect.api import presets
from erp_connect.config import presets as known
from erp_connect.tests.base import allow_networks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pair import BENCH, BOT

ACCOUNT, PRESET = "Other Site", "ERP Connect"
MARK = "Pair"
ROLES = ("Stock Manager", "Stock User", "Integration Manager")
# What keeps each flow to the records of these tests: a condition here, and the same as a filter over there.
SCOPES = {
	"Customers": ("customer_group == 'Pair'", {"customer_group": MARK}),
	"Contacts": ("company_name == 'Pair'", {"company_name": MARK}),
	"Addresses": ("county == 'Pair'", {"county": MARK}),
	"Items": ("item_group == 'Pair'", {"item_group": MARK}),
	"Item Prices": ("price_list == 'Pair'", {"price_list": MARK}),
	"Sales Orders": ("docstatus != `0` && selling_price_list == 'Pair'", {"selling_price_list": MARK}),
}


def run_there(site: str, function: str, **kwargs: Any) -> Any:
	"""Call a function of this module on another site of the bench; its answer."""
	command = [*BENCH, "--site", site, "execute", f"{__name__}.{function}", "--kwargs", json.dumps(kwargs)]
	done = subprocess.run(command, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)
	if done.returncode:
		raise AssertionError(f"{function} on {site}:\n{done.stdout}\n{done.stderr}")
	lines = done.stdout.strip().splitlines()
	return json.loads(lines[-1]) if lines else None


def open_user() -> dict[str, str]:
	"""The user that acts here for the other site, with fresh API keys."""
	user = frappe.get_doc("User", make.user(BOT, (*make.ROLES, *ROLES)))
	keys = {"api_key": frappe.generate_hash(length=15), "api_secret": frappe.generate_hash(length=15)}
	user.update(keys)
	user.save(ignore_permissions=True)  # run from a shell, by the site's owner
	_masters()
	frappe.db.commit()
	return keys


def join(url: str, api_key: str, api_secret: str, policies: dict[str, str] | None = None) -> None:
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
		_enable(name, policies or {})
	frappe.db.commit()


def _enable(name: str, policies: dict[str, str]) -> None:
	flow = frappe.get_doc("Field Mapping", name)
	short = name.partition(": ")[2]
	if scope := SCOPES.get(short):
		flow.condition = scope[0]
		value = json.dumps(scope[1]).replace("{", "{{").replace("}", "}}")
		flow.append("pull_parameters", {"place": "Query", "key": "filters", "value": value})
	if short == "Stock Movements Out":
		flow.append("linked_documents", {"link_field": "item_code", "alias": "_item"})
		flow.condition = "_item.item_group == 'Pair'"
	flow.conflict_policy = policies.get(short, flow.conflict_policy)
	flow.enabled = 1
	flow.save()


def _masters() -> None:
	for doctype, values in (
		("Customer Group", {"customer_group_name": MARK, "parent_customer_group": "All Customer Groups"}),
		("Item Group", {"item_group_name": MARK, "parent_item_group": "All Item Groups"}),
		("Price List", {"price_list_name": MARK, "currency": "USD", "selling": 1}),
	):
		if not frappe.db.exists(doctype, MARK):
			frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)  # as above


def leave() -> None:
	"""Forget the other site."""
	from erp_connect.tests.base import wipe

	wipe()
	frappe.db.commit()
