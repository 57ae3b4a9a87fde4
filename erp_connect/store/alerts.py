"""Sync Alert: what is or was wrong with an account, and what of it people still have to be told.

One open row for each account and kind of problem; its key is given up when the problem ends, so that the row stays as
history. Nothing here commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import frappe
from frappe.utils import now, now_datetime

from erp_connect.core.delivery.alerts import Known
from erp_connect.core.errors import capped
from erp_connect.store.statements import insert, standard_values

DOCTYPE = "Sync Alert"
OPEN, ENDED = "Open", "Ended"
BEGUN, AGAIN, OVER = "Begun", "Again", "Over"
KEPT_DAYS = 90
COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "integration", "kind", "open_key", "status", "amount",
	"message", "since", "seen_at", "told_at", "told_amount", "to_tell",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
	"""integration: empty for a problem of the whole site. amount: how many events, minutes or whatever the kind counts, at least 1. message: in words, with what helps.

	reminded: people are told again while it lasts.
	"""

	integration: str
	kind: str
	amount: int
	message: str
	reminded: bool = True

	@property
	def key(self) -> str:
		return key_of(self.integration, self.kind)


def key_of(integration: str, kind: str) -> str:
	return f"{kind}:{integration}"


def known() -> dict[str, Known]:
	"""Open alerts by their key, with times as `seconds` gives them."""
	rows = frappe.db.sql(
		"SELECT open_key, told_amount, told_at, seen_at FROM `tabSync Alert` WHERE status = 'Open'"
	)
	return {key: Known(count, seconds(told), seconds(seen)) for key, count, told, seen in rows}


def seconds(moment: datetime) -> float:
	"""A time of the site as seconds: good for differences, whatever the zone of the process."""
	return moment.replace(tzinfo=timezone.utc).timestamp()


def begin(problems: list[Problem]) -> None:
	"""Write down problems that were not there before. Raises frappe.UniqueValidationError where another did just now."""
	stamp = now_datetime()
	rows = [
		{
			**standard_values(),
			"name": frappe.generate_hash(length=12),
			"integration": problem.integration or None,
			"kind": problem.kind,
			"open_key": problem.key,
			"status": OPEN,
			"amount": problem.amount,
			"message": capped(problem.message),
			"since": stamp,
			"seen_at": stamp,
			"told_at": stamp,
			"told_amount": problem.amount,
			"to_tell": BEGUN,
		}
		for problem in problems
	]
	insert(DOCTYPE, COLUMNS, rows)


def see(problem: Problem, *, tell: bool) -> None:
	"""A known problem is still there. tell: people are told again. What waits to be told anyway stays as it is."""
	values = {
		"now": now(),
		"amount": problem.amount,
		"message": capped(problem.message),
		"key": problem.key,
	}
	frappe.db.sql(
		"UPDATE `tabSync Alert` SET seen_at = %(now)s, amount = %(amount)s, message = %(message)s"
		" WHERE open_key = %(key)s",
		values,
	)
	if tell:
		frappe.db.sql(
			"UPDATE `tabSync Alert` SET told_at = %(now)s, told_amount = %(amount)s,"
			" to_tell = IF(to_tell = '', 'Again', to_tell) WHERE open_key = %(key)s",
			values,
		)


def end(keys: list[str]) -> None:
	"""Problems are over. Told, unless nobody was told yet that they began."""
	frappe.db.sql(
		"UPDATE `tabSync Alert` SET status = 'Ended', open_key = NULL, ended_at = %s,"
		" to_tell = IF(to_tell = 'Begun', '', 'Over') WHERE open_key IN %s",
		(now(), tuple(keys)),
	)


def accounts_to_tell() -> list[str]:
	"""Accounts of which somebody is to be told something; an empty name is the whole site."""
	found = frappe.db.sql_list("SELECT DISTINCT integration FROM `tabSync Alert` WHERE to_tell != ''")
	return [account or "" for account in found]


def accounts_with(kind: str) -> set[str]:
	"""Accounts that have an open alert of a kind."""
	return set(frappe.get_all(DOCTYPE, filters={"kind": kind, "status": OPEN}, pluck="integration"))


def to_tell(account: str) -> list[dict[str, Any]]:
	"""What is to be told of an account, or of the site where it is empty, the oldest first."""
	return frappe.get_all(
		DOCTYPE,
		filters={"integration": account or ("is", "not set"), "to_tell": ("!=", "")},
		fields=["name", "kind", "status", "amount", "message", "since", "ended_at", "to_tell"],
		order_by="since, name",
	)


def told(rows: list[dict[str, Any]]) -> None:
	"""What `to_tell` gave was told. What came since then, such as the end, is not."""
	for row in rows:
		frappe.db.sql(
			"UPDATE `tabSync Alert` SET to_tell = '' WHERE name = %s AND to_tell = %s",
			(row["name"], row["to_tell"]),
		)


def digest_made(receiver: str, day: date) -> None:
	"""An Alert Receiver got the digest of a day."""
	frappe.db.set_value("Alert Receiver", receiver, "digest_made_on", day, update_modified=False)


def empty_messages(kinds: tuple[str, ...]) -> None:
	"""Empty what alerts of some kinds say; open ones say it anew within a minute."""
	frappe.db.sql("UPDATE `tabSync Alert` SET message = '' WHERE kind IN %s", (kinds,))


def forget_old() -> None:
	"""Remove alerts that ended long ago."""
	frappe.db.sql(
		"DELETE FROM `tabSync Alert` WHERE status = 'Ended' AND to_tell = '' AND ended_at < %s",
		frappe.utils.add_to_date(now_datetime(), days=-KEPT_DAYS),
	)
