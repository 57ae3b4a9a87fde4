"""Commands about accounts: how they are doing, whether they answer, pausing and resuming."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
import frappe

from erp_connect.api import accounts, presets
from erp_connect.commands.session import json_option, on_site, show, table
from erp_connect.config import preset_import
from erp_connect.config import presets as made_of
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.inputs import Input
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


@click.command("import-account")
@click.argument("file", type=click.File())
@click.option("--company", required=True, help="The company of the account.")
@click.option("--name", default="", help="What the account is called here; as the system if left out.")
@click.option("--acts-as", default="", help="The user with whose rights it acts; a new one if left out.")
@click.option("--environment", default="Production", type=click.Choice(["Production", "Sandbox"]))
@click.option("--auth", default="", help="The key of the way to authenticate; the first one if left out.")
@click.option("--flow", "chosen", multiple=True, help="Only this flow and those it needs; all if left out.")
@click.option("--entries", type=click.File(), help="JSON with what the file asks for, by key.")
@on_site
def import_account(
	file, company: str, name: str, acts_as: str, environment: str, auth: str, chosen: tuple[str, ...], entries
) -> None:
	"""Make an account with its flows from FILE, as export-account wrote it ("-" is the input). They are switched off.

	What it asks for, secrets too, is taken from --entries, and the rest is asked for where somebody sits at the console.
	"""
	content = file.read()
	told = presets.describe(content=content)
	given = _entries_of(entries)
	here = tuple(flow["value"] for flow in told["flows"] if not flow["lacks"])
	if told["addresses"]:
		goes_to = frappe._("What is entered goes to {0}, as the file says.")
		click.echo(goes_to.format(", ".join(told["addresses"])), err=True)
	for line in told["told"]:
		click.echo(line, err=True)
	if sys.stdin.isatty():
		asked = _asked(content, auth, chosen or here)
		given |= {one.key: _prompted(one) for one in asked if one.key not in given}
	made = presets.connect(
		"",
		{
			"account_name": name or told["title"],
			"company": company,
			"user": acts_as,
			"environment": environment,
		},
		given,
		auth=auth,
		flows=list(chosen or here),
		own_user=not acts_as,
		content=content,
	)
	click.echo(made["account"])
	for line in _left(told, made, chosen):
		click.echo(line, err=True)


def _entries_of(file) -> dict[str, Any]:
	try:
		found = json.load(file) if file else {}
	except ValueError as error:
		raise click.UsageError(f"--entries is not JSON: {error}") from None
	if not isinstance(found, dict):
		raise click.UsageError("--entries is an object with what is entered, by key.")
	return found


def _asked(content: str, auth: str, flows: tuple[str, ...]) -> tuple[Input, ...]:
	found = preset_import.read(content)
	try:
		wanted = [flow.name for flow in made_of.with_needed(found, flows)]
	except ConfigurationError as error:
		frappe.throw(translate(error))
	return made_of.asked_by(found, found.way(auth), wanted)


def _prompted(asked: Input) -> str:
	usual = "" if asked.default is None and not asked.required else asked.default
	return click.prompt(
		frappe._(asked.title), default=usual, hide_input=asked.secret, show_default=bool(usual)
	)


def _left(told: dict[str, Any], made: dict[str, Any], chosen: tuple[str, ...]) -> list[str]:
	"""What is to be known, and done, after an account was made."""
	lines = []
	if not chosen:
		lines = [
			frappe._("{0} needs {1}, which this site does not have.").format(flow["label"], flow["lacks"])
			for flow in told["flows"]
			if flow["lacks"]
		]
	if made["lacking"]:
		roles = ", ".join(frappe._(role) for role in made["lacking"])
		lines.append(frappe._("The user of the account lacks roles: {0}.").format(roles))
	if made["redirect"]:
		words = frappe._("Enter this redirect address in your app at the other side:")
		lines.append(f"{words} {made['redirect']}")
	return lines


COMMANDS = (status, test, pause, resume, export_account, import_account)
