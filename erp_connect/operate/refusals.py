"""Webhooks that were refused, in words that say why and what helps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from frappe import _
from frappe.utils import format_datetime, get_datetime, now_datetime

from erp_connect.admission import refusals
from erp_connect.core.verify import request as reasons
from erp_connect.store import refused_webhooks as store

RECENT = timedelta(days=1)


def keep() -> None:
	"""Each minute: write down what was counted. Commits nothing."""
	for account, by_reason in refusals.take().items():
		store.add(account, {reason: (found.count, found.last) for reason, found in by_reason.items()})


def forget(account: str) -> None:
	"""Count those of an account from nothing on."""
	keep()
	store.forget(account)


def of_accounts(accounts: Collection[str]) -> dict[str, list[dict[str, Any]]]:
	"""By account, the latest first: `reason`, `words`, `count` and `last` (the site's time), up to this moment."""
	kept, waiting = store.of_accounts(accounts), refusals.pending()
	found = {}
	for account in accounts:
		counts = {reason: tuple(known) for reason, known in kept.get(account, {}).items()}
		for reason, more in waiting.get(account, {}).items():
			before, last = counts.get(reason, (0, ""))
			counts[reason] = (before + more.count, max(last, more.last))
		if counts:
			rows = [
				{"reason": reason, "words": words(reason), "count": count, "last": last}
				for reason, (count, last) in counts.items()
			]
			found[account] = sorted(rows, key=lambda row: row["last"], reverse=True)
	return found


def recent(rows: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Those of `of_accounts` whose last one came within a day."""
	since = now_datetime() - RECENT
	return [row for row in rows if get_datetime(row["last"]) > since]


def told(rows: Collection[dict[str, Any]]) -> list[str]:
	"""One line about what was refused within a day; none where nothing was."""
	late = recent(rows)
	if not late:
		return []
	text = _("Webhooks were refused, {0} of them for the last reason, the last one on {1}: {2}")
	return [text.format(late[0]["count"], format_datetime(late[0]["last"]), late[0]["words"])]


def words(reason: str) -> str:
	"""Why webhooks are refused for a reason, and what helps."""
	known = {
		reasons.NO_SECRET: _("no Webhook secret is entered here. Enter the one that the sender signs with."),
		reasons.BAD_SECRET: _("the Webhook secret is not written as the scheme wants it. Copy it once more."),
		reasons.MISSING: _(
			"a header or field that the scheme names was not there. Check that this is the sender's scheme."
		),
		reasons.DUPLICATE: _("a header or field that counts was there twice."),
		reasons.MALFORMED: _(
			"the signature or the time is not written as the scheme says. Check encoding, prefix and the kind of time."
		),
		reasons.TOO_LONG: _("a header or field that counts was longer than any signature is."),
		reasons.STALE: _(
			"it was signed too long ago. Check the clocks of both sides; old ones are not taken a second time."
		),
		reasons.FUTURE: _("it was signed in the future. Check the clocks of both sides."),
		reasons.MISMATCH: _(
			"the signature does not fit. The secrets of both sides differ, or something else is signed than the scheme says."
		),
		reasons.EXPIRED: _("what was signed has ended. Check the clocks of both sides."),
		reasons.CALLBACK_NEEDED: _("the sender has to be asked, and could not be."),
		reasons.NO_WAY: _("none of the scheme's ways of proof is for such a request."),
		reasons.WRONG_TOPIC: _("its topic is not one that its way of proof is for."),
		reasons.UNKNOWN_ACCOUNT: _("the address belongs to no account."),
		reasons.NO_SCHEME: _(
			"the account does not say how they are proved. Choose Webhooks are verified by."
		),
		reasons.NOT_ALLOWED: _(
			"it came from an address that is not among the Allowed addresses. Add it, or tick Webhooks from any address."
		),
		reasons.METHOD: _("it was no POST or PUT, as when somebody opens the address in a browser."),
		refusals.WAITED: _("too many were refused before, so the sender had to wait a minute."),
		refusals.UNUSABLE: _("its body is too large, compressed, or neither JSON, XML nor a form."),
	}
	return known.get(reason, reason)
