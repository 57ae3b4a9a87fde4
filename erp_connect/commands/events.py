"""Commands about events: queueing failed ones again, and sending once more what was sent."""

from __future__ import annotations

import json

import click
import frappe

from erp_connect.api import events
from erp_connect.commands.session import json_option, on_site, show

account_option = click.option("--account", default="", help="All events of this account that it applies to.")


@click.command("retry")
@click.argument("names", nargs=-1)
@account_option
@json_option
@on_site
def retry(names: tuple[str, ...], account: str, as_json: bool) -> bool:
	"""Queue failed or waiting events again, built anew. Ends with 1 when there was nothing to queue."""
	return _act("retry", names, account, as_json)


@click.command("replay")
@click.argument("names", nargs=-1)
@account_option
@click.option("--older", is_flag=True, help="Also what the other side has a newer state of.")
@json_option
@on_site
def replay(names: tuple[str, ...], account: str, older: bool, as_json: bool) -> bool:
	"""Send the stored payloads of events once more, with the same keys. Ends with 1 when there was nothing to send."""
	if older and account:
		raise click.UsageError("--older is for events that are named.")
	return _act("replay", names, account, as_json, older=older)


def _act(action: str, names: tuple[str, ...], account: str, as_json: bool, **options: bool) -> bool:
	if bool(names) == bool(account):
		raise click.UsageError("Name events, or give --account.")
	if account:
		_require_account(account)
		done = events.retry_by_filter(json.dumps([["integration", "=", account]]), action)
	else:
		answer = getattr(events, action)(list(names), **options)
		done = answer if isinstance(answer, int) else len(answer)
	show({"queued": done}, as_json, _queued)
	return bool(done)


def _queued(answer: dict[str, int]) -> str:
	number = answer["queued"]
	return (frappe._("One event queued.") if number == 1 else frappe._("{0} events queued.")).format(number)


def _require_account(account: str) -> None:
	if not frappe.db.exists("Integration Settings", account):
		frappe.throw(frappe._("There is no account {0}.").format(account), frappe.DoesNotExistError)


COMMANDS = (retry, replay)
