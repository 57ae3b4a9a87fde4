"""What each command does around its work: a session on the site, words instead of tracebacks, an exit code."""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import frappe
from frappe.commands import get_site, pass_context

POLL_SECONDS = 0.5

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def on_site(work: Callable[..., bool | None]) -> Callable[..., None]:
	"""A command that works on the site given by `bench --site`, and ends with 1 where `work` returns False.

	It has every right, as who may run `bench` has the database anyway; with `--user` it has those of this user.
	"""

	@click.option("--user", default="", help="Work with the rights of this user instead of all rights.")
	@pass_context
	@functools.wraps(work)
	def command(context: Any, *args: Any, user: str, **options: Any) -> None:
		with connected(get_site(context), user):
			well = work(*args, **options)
			frappe.db.commit()  # what a request of Desk does in the end
			tell_messages()
		sys.exit(1 if well is False else 0)

	return command


@contextmanager
def connected(site: str, user: str = "") -> Iterator[None]:
	"""A session on a site. Errors meant for people are printed, and end the program with 1."""
	frappe.init(site)
	frappe.connect()
	try:
		if user:
			_require_user(user)
			frappe.set_user(user)
		yield
	except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
		frappe.db.rollback()
		click.secho(plain(str(error) or type(error).__name__), fg="red", err=True)
		sys.exit(1)
	finally:
		frappe.destroy()


def _require_user(user: str) -> None:
	if not frappe.db.get_value("User", user, "enabled"):
		frappe.throw(frappe._("There is no enabled user {0}.").format(user))


def plain(text: str) -> str:
	"""Words that were made for Desk, without their HTML."""
	return frappe.utils.strip_html(text).strip()


def tell_messages() -> None:
	"""What Desk would show in a dialog goes to the error output."""
	for message in frappe.get_message_log():
		click.echo(plain(str(message.get("message") or "")), err=True)


def show(answer: Any, as_json: bool, text: Callable[[Any], str]) -> None:
	"""Print an answer as JSON, or as `text` makes it."""
	if as_json:
		click.echo(json.dumps(answer, indent=1, default=str, ensure_ascii=False))
	else:
		click.echo(text(answer))


def table(columns: list[str], rows: list[list[Any]]) -> str:
	"""Rows below their headings, in columns."""
	cells = [columns, *[["" if cell is None else str(cell) for cell in row] for row in rows]]
	widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
	lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
	return "\n".join(line.rstrip() for line in lines)


def watch(label: str, read: Callable[[], Any], is_over: Callable[[Any], bool]) -> Any:
	"""Follow work in the background with a bar, where somebody looks, until it is over. Returns its last state.

	read: the state, with its `progress` in per cent. The work needs a running worker and goes on if this is broken off.
	"""
	with click.progressbar(length=100, label=label, file=sys.stderr) as bar:
		while not is_over(state := _fresh(read)):
			bar.update(max(0, int(state.get("progress") or 0) - bar.pos))
			time.sleep(POLL_SECONDS)
		bar.update(100 - bar.pos)
	return state


def _fresh(read: Callable[[], Any]) -> Any:
	frappe.db.commit()  # a new view of what the worker has committed
	return read()
