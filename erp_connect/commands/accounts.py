"""Commands about accounts: how they are doing, whether they answer, pausing and resuming."""

from __future__ import annotations

from typing import Any

import click
import frappe

from erp_connect.api import accounts, presets
from erp_connect.commands.session import json_option, on_site, show, table
from erp_connect.core.errors import ConfigurationError
from erp_connect.messages import translate
from erp_connect.operate.alerts import conditions
from erp_connect.store import installation


@click.command("status")
@click.argument("account", required=False)
@json_option
@on_site
def status(account: str | None, as_json: bool) -> bool:
	"""How the accounts, or one of them, are doing. Ends with 1 when something is wrong with one, and on a copy of the site."""
	filters = {"name": account} if account else {}
	names = frappe.get_list("Integration Settings", filters=filters, pluck="name", order_by="name")
	if account and not names:
		frappe.throw(frappe._("There is no account {0}.").format(account), frappe.DoesNotExistError)
	wrong = [problem for problem in conditions.problems() if problem.integration in names]
	rows = [_state(name, [problem for problem in wrong if problem.integration == name]) for name in names]
	show(rows, as_json, _as_text)
	return _is_confirmed() and not wrong


def _is_confirmed() -> bool:
	"""Whether anything goes out here at all; says on the error output why not."""
	try:
		installation.require()
	except ConfigurationError as error:
		click.secho(translate(error), fg="red", err=True)
		return False
	return True


def _state(name: str, wrong: list) -> dict[str, Any]:
	health = accounts.health(name)
	switches = frappe.db.get_value("Integration Settings", name, ["enabled", "paused"], as_dict=True)
	return {
		"account": name,
		"enabled": bool(switches.enabled),
		"paused": bool(switches.paused),
		"breaker": health.get("breaker"),
		"oldest_seconds": health["oldest_seconds"],
		"counts": health["counts"],
		"wrong": [
			{"kind": problem.kind, "amount": problem.amount, "message": problem.message} for problem in wrong
		],
		"warnings": health["warnings"],
	}


def _as_text(rows: list[dict[str, Any]]) -> str:
	columns = ["ACCOUNT", "STATE", "FAILED", "HELD", "OLDEST", "WRONG"]
	lines = [
		[
			row["account"],
			"paused" if row["paused"] else "switched on" if row["enabled"] else "switched off",
			row["counts"].get("Failed", 0),
			row["counts"].get("On Hold", 0),
			f"{row['oldest_seconds']} s",
			", ".join(problem["kind"] for problem in row["wrong"]) or "-",
		]
		for row in rows
	]
	words = [f"{row['account']}: {problem['message']}" for row in rows for problem in row["wrong"]]
	return "\n".join([table(columns, lines), *words])


@click.command("test")
@click.argument("account")
@json_option
@on_site
def test(account: str, as_json: bool) -> bool:
	"""Test the connection of an account. Ends with 1 when the other side does not answer as it should."""
	answer = accounts.test_connection(account)
	show(answer, as_json, lambda told: "\n".join(filter(None, [told["message"], told.get("advice")])))
	return bool(answer["ok"])


@click.command("pause")
@click.argument("account")
@click.option("--reason", default="", help="Shown to all who look at the account.")
@on_site
def pause(account: str, reason: str) -> None:
	"""Send nothing for an account until it is resumed; what happens meanwhile is kept."""
	accounts.pause(account, reason)


@click.command("resume")
@click.argument("account")
@on_site
def resume(account: str) -> None:
	"""Send for a paused account again: what waited goes out in its order."""
	accounts.resume(account)


@click.command("export-account")
@click.argument("account")
@click.argument("name")
@click.argument("file", type=click.File("w"), default="-")
@on_site
def export_account(account: str, name: str, file) -> None:
	"""Write an account with its flows as a preset called NAME, without secrets, into FILE or to the output."""
	exported = presets.export_account(account, name)
	file.write(exported["content"])
	for line in exported["left"]:
		click.echo(line, err=True)


COMMANDS = (status, test, pause, resume, export_account)
