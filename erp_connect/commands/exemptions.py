"""Commands about documents that are skipped or pinned for an account."""

from __future__ import annotations

import json

import click
import frappe

from erp_connect.api import exemptions
from erp_connect.commands.session import json_option, on_site, show, table
from erp_connect.store.exemptions import PIN_HERE, PIN_OUTSIDE, SKIP

RULES = {None: SKIP, "here": PIN_HERE, "outside": PIN_OUTSIDE}
COLUMNS = ("name", "document_type", "document_name", "rule", "field_mapping", "owner", "creation", "reason")


@click.command("skip")
@click.argument("account")
@click.argument("doctype")
@click.argument("names", nargs=-1, required=True)
@click.option(
	"--pin", type=click.Choice(["here", "outside"]), help="Pin the documents instead of skipping them."
)
@click.option("--flow", default="", help="Hold for this flow only.")
@click.option("--reason", default="", help="Why; it is shown with each document.")
@on_site
def skip(account: str, doctype: str, names: tuple[str, ...], pin: str | None, flow: str, reason: str) -> None:
	"""Take documents out of what an account sends and writes, until `take-back`."""
	rule = RULES[pin]
	exemptions.exempt(account, doctype, list(names), rule, flow=flow, reason=reason)


@click.command("skipped")
@click.argument("account")
@json_option
@on_site
def skipped(account: str, as_json: bool) -> None:
	"""Show which documents are skipped or pinned for an account, by whom and why."""
	filters = {"integration": account}
	rows = frappe.get_list("Sync Exemption", filters, list(COLUMNS), order_by="creation", limit=0)
	show(
		rows,
		as_json,
		lambda found: table(list(COLUMNS), [[row[column] for column in COLUMNS] for row in found]),
	)


@click.command("take-back")
@click.argument("account")
@click.argument("doctype")
@click.argument("names", nargs=-1, required=True)
@on_site
def take_back(account: str, doctype: str, names: tuple[str, ...]) -> bool:
	"""End what `skip` began: what was skipped meanwhile is queued again. Ends with 1 where there was nothing to end."""
	filters = {"integration": account, "document_type": doctype, "document_name": ("in", names)}
	found = frappe.get_list("Sync Exemption", filters, pluck="name", limit=0)
	return bool(exemptions.take_back(json.dumps(found)))


COMMANDS = (skip, skipped, take_back)
