"""Commands about flows: previews, sending, fetching, comparing, and moving flows between sites."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import click
import frappe

from erp_connect.api import flows, pulls, reconciliation
from erp_connect.commands.session import json_option, on_site, show, table, watch

wait_option = click.option("--wait", is_flag=True, help="Wait until it is done, and show how far it is.")
ENDED = ("Completed", "Failed", "Stopped")
FAILS = "fails"
DIFFERENCES = ("missing_here", "missing_there", "different", "orphan_links")


@click.command("preview")
@click.argument("flow")
@click.argument("document", required=False)
@click.option("--all", "everything", is_flag=True, help="What would be sent for all documents of the flow.")
@click.option(
	"--limit",
	default=20.0,
	show_default=True,
	help="With --all: percent above which a change of a number is marked.",
)
@json_option
@on_site
def preview(flow: str, document: str | None, everything: bool, limit: float, as_json: bool) -> bool:
	"""What a flow would send for DOCUMENT, or for --all; without either, what it would fetch.

	Nothing is sent or written. Ends with 1 when a document would fail.
	"""
	if document and everything:
		raise click.UsageError("Name a document, or say --all.")
	if everything:
		found = _of_all(flow, limit)
		show(found, as_json, _would_send)
		return FAILS not in found["counts"]
	if document:
		answer = flows.preview(flow, document)
		show(answer, as_json, _as_json)
		return True
	answer = pulls.preview(flow)
	show(answer, as_json, _fetched)
	return bool(answer["ok"]) and all(record["action"] != "fail" for record in answer["records"])


def _of_all(flow: str, limit: float) -> dict[str, Any]:
	"""How many documents have each outcome, and those for which something would be sent, or fails."""
	counts: Counter[str] = Counter()
	documents: list[dict[str, Any]] = []
	after, page = "", flows.preview_page(flow, limit=limit)
	with click.progressbar(length=page["total"], label="preview", file=sys.stderr) as bar:
		while True:
			counts.update(one["outcome"] for one in page["documents"])
			documents += [one for one in page["documents"] if one["sends"] or one["outcome"] == FAILS]
			bar.update(len(page["documents"]))
			if not (after := page["next"]):
				return {"counts": dict(counts), "documents": documents}
			page = flows.preview_page(flow, after=after, limit=limit)


def _would_send(answer: dict[str, Any]) -> str:
	shown = [
		[row["name"], row["outcome"], sum(1 for one in row["changes"] if one["jump"]) or "", row["error"]]
		for row in answer["documents"]
	]
	counts = [[outcome, count] for outcome, count in sorted(answer["counts"].items())]
	parts = [table(["DOCUMENT", "WOULD", "LARGE CHANGES", "ERROR"], shown)] if shown else []
	return "\n\n".join([*parts, table(["OUTCOME", "DOCUMENTS"], counts)])


def _as_json(answer: Any) -> str:
	return json.dumps(answer, indent=1, default=str, ensure_ascii=False)


def _fetched(answer: dict[str, Any]) -> str:
	rows = [
		[record.get("external_id"), record.get("action"), record.get("document"), record.get("error")]
		for record in answer["records"]
	]
	head = f"{answer['called']}: {answer['status']}, {answer['count']} records. {answer['message']}"
	return "\n".join([head.strip(), table(["ID", "WOULD", "DOCUMENT", "ERROR"], rows)])


@click.command("push")
@click.argument("flow")
@click.argument("documents", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All documents of the flow.")
@click.option("--only-unlinked", is_flag=True, help="Only those that were never sent.")
@wait_option
@json_option
@on_site
def push(
	flow: str, documents: tuple[str, ...], everything: bool, only_unlinked: bool, wait: bool, as_json: bool
) -> bool:
	"""Send existing DOCUMENTS of a flow, or --all of them, in the background."""
	if bool(documents) == everything:
		raise click.UsageError("Name the documents, or say --all.")
	filters = [["name", "in", list(documents)]] if documents else []
	name = flows.start_backfill(flow, json.dumps(filters), only_unlinked=only_unlinked)
	if not (wait and as_json):
		show({"backfill": name}, as_json, lambda told: told["backfill"])
	if not wait:
		return True
	state = watch("push", lambda: _row("Sync Backfill", name, "queued"), lambda row: row.status in ENDED)
	show({"backfill": name, **state}, as_json, _pushed)
	return state.status == "Completed"


def _pushed(state: dict[str, Any]) -> str:
	return f"{state['status']}: {state['queued']} queued. {state['error'] or ''}".strip()


@click.command("pull")
@click.argument("flow")
@click.option(
	"--everything", is_flag=True, help="From the first page on, not only what changed since the last time."
)
@click.option("--since", default="", help="What changed from this time on, as the other side writes times.")
@wait_option
@json_option
@on_site
def pull(flow: str, everything: bool, since: str, wait: bool, as_json: bool) -> bool:
	"""Fetch a flow's records from outside, in the background."""
	before = (pulls.state(flow) or {}).get("last_run")
	pulls.pull_now(flow, whole=everything, since=since)
	if not wait:
		if as_json:
			show(pulls.state(flow), as_json, str)
		return True
	state = watch("pull", lambda: pulls.state(flow), lambda row: _pull_is_over(row, before))
	show(state, as_json, _pulled)
	return state.status == "Idle"


def _pulled(state: Any) -> str:
	left = ", ".join(f"{count} {group}" for group, count in state["events"].items() if count)
	said = [f"{state.status}: {state.fetched} fetched, {state.queued} news.", left and f"Events: {left}."]
	return " ".join(filter(None, [*said, state.error]))


def _pull_is_over(state: Any, before: Any) -> bool:
	return state.status == "Stopped" or (state.status == "Idle" and state.last_run != before)


@click.command("reconcile")
@click.argument("flow")
@wait_option
@json_option
@on_site
def reconcile(flow: str, wait: bool, as_json: bool) -> bool:
	"""Compare both sides of a flow, in the background. With --wait it ends with 1 when they differ."""
	name = reconciliation.start(flow)
	if not wait:
		click.echo(name)
		return True
	watch("reconcile", lambda: _row("Sync Reconciliation", name), lambda row: row.status in ENDED)
	answer = reconciliation.summary(name)
	show(answer, as_json, _compared)
	return answer["status"] == "Completed" and not any(answer[kind] for kind in DIFFERENCES)


def _compared(answer: dict[str, Any]) -> str:
	counts = table(
		["MISSING HERE", "MISSING THERE", "DIFFERENT", "ORPHANED"], [[answer[kind] for kind in DIFFERENCES]]
	)
	return "\n".join(filter(None, [f"{answer['name']}: {answer['status']}", counts, answer["error"]]))


def _row(doctype: str, name: str, *fields: str) -> Any:
	return frappe.db.get_value(doctype, name, ["status", "progress", "error", *fields], as_dict=True)


@click.command("export")
@click.argument("flow")
@click.argument("file", type=click.File("w"), default="-")
@on_site
def export(flow: str, file) -> None:
	"""Write a flow with its value maps as JSON, without the account and without secrets, into FILE or to the output."""
	file.write(flows.export_mapping(flow))


@click.command("import")
@click.argument("file", type=click.File())
@click.argument("account")
@click.option("--name", default="", help="What the flow is called here; as in the file if left out.")
@on_site
def import_flow(file, account: str, name: str) -> None:
	"""Make a flow of an account from an exported FILE ("-" is the input). It is switched off at first."""
	click.echo(flows.import_mapping(file.read(), account, name))


COMMANDS = (preview, push, pull, reconcile, export, import_flow)
