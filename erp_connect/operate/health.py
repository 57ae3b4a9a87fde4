"""How an account is doing, in numbers and warnings that say what to do."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.utils.scheduler import is_scheduler_inactive

from erp_connect.config.account import SYSTEM_MANAGER
from erp_connect.operate import preset_releases, refusals, sunsets
from erp_connect.operate.overview import accounts
from erp_connect.store import schema, sync_log, webhook_subscriptions
from erp_connect.store import state as states

LATE_SECONDS = 300
# Outcomes of exchanges that went well.
GOOD = ("delivered", "exists", "nothing_to_do", "batch_under_way")


def of_account(account: str) -> dict[str, Any]:
	"""`counts` by status, `oldest_seconds` of what is due, `breaker`, last success and failure, `warnings`; `sunset`: the
	one among them that tells of the end of an API version, or empty; `refused`: webhooks, by reason
	(`refusals.of_accounts`); `health`, `words`, `colour` and `also` as in `overview.accounts.health_in_words`."""
	counts = dict(
		frappe.db.sql(
			"SELECT status, COUNT(*) FROM `tabSync Log` WHERE integration = %s GROUP BY status", account
		)
	)
	oldest = int(sync_log.oldest_due([account]).get(account, 0))
	row = frappe.db.get_value(
		"Integration State",
		account,
		["breaker", "failures", "last_success", "last_failure", "last_error"],
		as_dict=True,
	)
	if row and row.last_error and (said := _last_said(account)):
		row.last_error = said
	sunset = sunsets.warning(account)
	return {
		**accounts.health_in_words(account, counts, oldest),
		"counts": counts,
		"oldest_seconds": oldest,
		"throttled_seconds": _throttled(account),
		**(row or {}),
		"sunset": sunset,
		"refused": refusals.of_accounts([account]).get(account, []),
		"warnings": [*_warnings(account, oldest), *([sunset] if sunset else ())],
	}


def _last_said(account: str) -> str:
	"""What the last exchange that failed said, where the session's user may see its event; else empty."""
	rows = frappe.get_all(
		"Sync Attempt",
		filters={"integration": account, "outcome": ("not in", GOOD)},
		fields=["name", "error"],
		order_by="started desc",
		limit=1,
	)
	may_see = rows and frappe.has_permission("Sync Attempt", "read", doc=rows[0].name)
	return rows[0].error or "" if may_see else ""


def _throttled(account: str) -> int:
	state = states.read(account)
	return max(0, int(state.throttled_until - state.now)) if state else 0


def _warnings(account: str, oldest: int) -> list[str]:
	settings = frappe.db.get_value(
		"Integration Settings", account, ["enabled", "paused", "pause_reason", "user"], as_dict=True
	)
	disabled = bool(settings.user and not frappe.db.get_value("User", settings.user, "enabled"))
	return [
		*_of_site(),
		*_of_user(settings.user, disabled),
		*_of_webhooks(account),
		*_of_preset(account),
		*_of_traffic(settings, 0 if disabled else oldest),
	]


def _of_site() -> Iterator[str]:
	if missing := schema.missing_indexes():
		yield _("Database indexes are missing ({0}). Run bench migrate.").format(", ".join(missing))
	if is_scheduler_inactive(verbose=False):
		yield _(
			"The scheduler is not running, so retries wait. Enable it: bench --site <site> enable-scheduler."
		)


def _of_user(user: str | None, disabled: bool) -> Iterator[str]:
	if user and SYSTEM_MANAGER in frappe.get_roles(user):
		yield _(
			"The account acts as {0}, who is a System Manager. It goes on, but cannot be saved until it acts as a user "
			"of its own, with just the roles it needs."
		).format(user)
	if disabled:
		yield _(
			"The account acts as {0}, who is disabled: calls of its API are refused, and what is to be sent, pulled and "
			"received waits. Enable the user or choose another one, and it goes on; or switch the account off."
		).format(user)


def _of_webhooks(account: str) -> Iterator[str]:
	if failed := webhook_subscriptions.failed(account):
		yield _(
			"Webhooks are not registered for {0}: {1} Correct it, then press Webhooks → Register."
		).format(", ".join(row.topic for row in failed), failed[0].message)


def _of_preset(account: str) -> Iterator[str]:
	for title in preset_releases.titles_of_newer(account):
		yield _(
			"A newer release of {0} is there. Press Actions → Update from Preset to see what it changes."
		).format(title)


def _of_traffic(settings: Any, oldest: int) -> Iterator[str]:
	"""Why events wait. oldest: seconds that the oldest one does, which nothing else explains."""
	if settings.paused:
		yield _("Paused: {0} Correct the cause, then press Resume.").format(settings.pause_reason or "")
	elif settings.enabled and oldest > LATE_SECONDS:
		yield _(
			"An event has been waiting for {0} minutes. Check that a background worker is running."
		).format(oldest // 60)
