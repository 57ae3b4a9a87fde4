"""Whether flows work on samples, for a check before a release and for who writes a flow in an editor."""

from __future__ import annotations

import sys
from typing import Any

import click
import frappe

from erp_connect.api.permissions import require_manager
from erp_connect.commands.session import json_option, on_site, show, table
from erp_connect.config import steering
from erp_connect.operate import validation


@click.command("validate")
@click.argument("names", metavar="[FLOW]…", nargs=-1)
@click.option(
	"--account", default="", help="All flows of this account. Without it and without names: all flows."
)
@click.option(
	"--sample",
	type=click.File(),
	help='A record or body from outside, as JSON or XML ("-" is the input), for one flow.',
)
@click.option(
	"--documents", default=validation.DOCUMENTS, help="So many of the latest documents are tried. 0: none."
)
@click.option("--enabled", is_flag=True, help="Leave out flows that are switched off.")
@click.option("--strict", is_flag=True, help="A flow without any sample counts as wrong.")
@json_option
@on_site
def validate(
	names: tuple[str, ...], account: str, sample, documents: int, enabled: bool, strict: bool, as_json: bool
) -> bool:
	"""Try flows on samples: what came in last or an example of the preset, and the latest documents.

	Nothing is sent or kept. Ends with 1 when a flow could not be saved as it is, or a sample fails.
	"""
	if sample and len(names) != 1:
		raise click.UsageError("--sample is for one flow.")
	require_manager()
	text = sample.read() if sample else ""
	found = []
	chosen = _chosen(names, account, enabled)
	with click.progressbar(chosen, label="validate", file=sys.stderr) as flows:
		for name in flows:
			found.append(_one(name, text, documents, strict))
	show(found, as_json, _as_text)
	return all(one["ok"] for one in found)


def _chosen(names: tuple[str, ...], account: str, enabled: bool) -> list[str]:
	filters: dict[str, Any] = {"integration": account} if account else {}
	if names:
		filters["name"] = ("in", names)
	if enabled:
		filters["enabled"] = 1
	found = frappe.get_list(
		"Field Mapping", filters=filters, pluck="name", order_by="integration, name", limit=0
	)
	if missing := sorted(set(names) - set(found)):
		frappe.throw(frappe._("There is no flow {0}.").format(", ".join(missing)), frappe.DoesNotExistError)
	if account and not found and not frappe.db.exists("Integration Settings", account):
		frappe.throw(frappe._("There is no account {0}.").format(account), frappe.DoesNotExistError)
	return found


def _one(name: str, text: str, documents: int, strict: bool) -> dict[str, Any]:
	mapping = frappe.get_doc("Field Mapping", name)
	mapping.check_permission("read")
	steering.require(mapping.integration)
	found = validation.of_flow(mapping, text, documents)
	frappe.db.rollback()  # nothing of what was tried is kept
	if strict and not found["samples"] and not found["problems"]:
		found |= {"ok": False, "problems": [frappe._("There is no sample to try it on.")]}
	return found


def _as_text(found: list[dict[str, Any]]) -> str:
	rows = []
	for one in found:
		state = "ok" if one["ok"] else "WRONG"
		rows += [[one["account"], one["flow"], state, "", problem] for problem in one["problems"]]
		rows += [
			[one["account"], one["flow"], "WRONG" if sample["action"] == "fail" else "ok", sample["sample"],
				sample["error"] or sample["warning"] or sample["action"]]
			for sample in one["samples"]
		]  # fmt: skip
		if not one["problems"] and not one["samples"]:
			rows.append([one["account"], one["flow"], state, "", "no sample"])
	return table(["ACCOUNT", "FLOW", "STATE", "SAMPLE", ""], rows)


COMMANDS = (validate,)
