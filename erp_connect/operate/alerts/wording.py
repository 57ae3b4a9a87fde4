"""What people read of alerts, by e-mail, in Desk and in a chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import frappe
from frappe import _

from erp_connect.core.delivery.chat_blocks import blocks
from erp_connect.operate.alerts.digest import Digest, Part
from erp_connect.operate.alerts.kinds import DIFFERENCES
from erp_connect.operate.alerts.stopped import EVENTS
from erp_connect.store.alerts import AGAIN, OPEN, OVER

DOCTYPE = "Integration Settings"
WORKSPACE = "/app/erp-connect"


@dataclass(frozen=True)
class Notice:
	"""What is told of one account at once. alerts: kind, state, amount, message and since of each. html: the body of an e-mail, where it
	is more than the text."""

	account: str
	subject: str
	text: str
	alerts: tuple[dict[str, Any], ...]
	link: str
	html: str = ""


def notice(account: str, rows: Sequence[Mapping[str, Any]]) -> Notice:
	"""One notice for all that is to be told of an account, or of the site where it is empty. rows: as `store.alerts.to_tell` gives them."""
	headings = [_heading(row) for row in rows]
	name = account or site_name()
	subject = f"{name}: {headings[0]}"
	if len(rows) > 1:
		subject = _("{0}: {1} alerts").format(name, len(rows))
	link = frappe.utils.get_url_to_form(DOCTYPE, account) if account else frappe.utils.get_url(WORKSPACE)
	parts = [_part(heading, row) for heading, row in zip(headings, rows, strict=True)]
	text = "\n".join([name, *parts, link])
	return Notice(account, subject, text, tuple(_plain(row) for row in rows), link)


def site_name() -> str:
	"""How a notice names the whole site."""
	return frappe.utils.get_url()


def test_notice(account: str) -> Notice:
	"""A notice by which a person sees that a receiver gets what it should."""
	text = _("This is a test. Alerts of {0} come this way.").format(account or _("all accounts"))
	site = frappe.utils.get_url()
	return Notice(account, _("Test of alerts"), f"{text}\n{site}", (), site)


def digest_notice(account: str, made: Digest) -> Notice:
	"""A digest as a notice, of an account, or of all of them where it is empty."""
	escape = frappe.utils.escape_html
	link = frappe.utils.get_url(WORKSPACE)
	text, html = [], []
	for part in made.parts or [Part(_("No account is switched on."))]:
		text.append(part.account)
		html.append(f"<h3>{escape(part.account)}</h3>")
		for heading, lines in part.sections:
			text += [f"– {heading}", *(f"  {line}" for line in lines)]
			items = "".join(f"<li>{escape(line)}</li>" for line in lines)
			html.append(f"<p><b>{escape(heading)}</b></p><ul>{items}</ul>")
	html.append(f'<p><a href="{escape(link)}">{escape(link)}</a></p>')
	return Notice(account, made.subject, "\n".join([*text, link]), (), link, "".join(html))


def as_html(told: Notice) -> str:
	"""The notice as the body of an e-mail; whatever came from outside is text in it."""
	if told.html:
		return told.html
	escape = frappe.utils.escape_html
	lines = "<br>".join(escape(line) for line in told.text.split("\n")[:-1])
	ways = {**_buttons(told), _("Open in ERPNext"): told.link}
	links = " · ".join(f'<a href="{escape(link)}">{escape(label)}</a>' for label, link in ways.items())
	return f"<p>{lines}</p><p>{links}</p>"


def as_json(told: Notice) -> dict[str, Any]:
	"""The notice as it is posted: `blocks`, or else `text`, are what chat systems show."""
	words = told.text.removesuffix(told.link).rstrip("\n")
	return {
		"text": f"{told.subject}\n{told.text}",
		"blocks": blocks(told.subject, words, _buttons(told)),
		"account": told.account,
		"site": frappe.utils.get_url(),
		"alerts": list(told.alerts),
	}


def _buttons(told: Notice) -> dict[str, str]:
	"""Where one goes from a notice, by what the button says."""
	found = {_("Open in ERPNext"): told.link}
	for alert in told.alerts:
		if alert["state"] != "Open":
			continue
		if alert["kind"] == DIFFERENCES:
			about = {"integration": told.account, "status": OPEN}
			found[_("Differences")] = f"{frappe.utils.get_url('/app/sync-difference')}?{urlencode(about)}"
		if alert["kind"] in EVENTS:
			about = {"integration": told.account, "status": EVENTS[alert["kind"]]}
			found[_("See the Events")] = f"{frappe.utils.get_url('/app/sync-log')}?{urlencode(about)}"
	return found


def _heading(row: Mapping[str, Any]) -> str:
	kind = _(row["kind"])
	if row["to_tell"] == OVER:
		return _("over: {0}").format(kind)
	if row["to_tell"] == AGAIN:
		return _("still: {0}").format(kind)
	return kind


def _part(heading: str, row: Mapping[str, Any]) -> str:
	return f"– {heading}" if row["to_tell"] == OVER else f"– {heading}. {row['message']}"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
	return {
		"kind": row["kind"],
		"state": row["status"],
		"amount": row["amount"],
		"message": row["message"],
		"since": str(row["since"]),
		"over_since": str(row["ended_at"]) if row["ended_at"] else None,
	}
