"""Integration State: what all workers share of an account besides its settings. No other module writes it.

That is its breaker, its throttle and its rate limit, what went well or wrong last, and its session.
The row is also the mutex of claiming: whoever holds it `FOR UPDATE` is the only one who takes rows of that
account, so two workers never split the events of one document. All times are seconds of the database's clock.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

import frappe
from frappe.utils import now
from frappe.utils.password import get_decrypted_password, remove_encrypted_password, set_encrypted_password

from erp_connect.core.delivery.breaker import BreakerState
from erp_connect.core.delivery.places import Places
from erp_connect.core.delivery.ratelimit import Bucket
from erp_connect.core.errors import capped


@dataclass
class State:
	integration: str
	now: float
	breaker: BreakerState
	throttled_until: float
	bucket: Bucket | None
	# Requests that each worker may have under way, by the worker's token.
	places: dict[str, Places] = field(default_factory=dict)


def create(integration: str) -> None:
	"""Make the row of a new account; nothing happens when it is there."""
	stamp = now()
	frappe.db.sql(
		"INSERT IGNORE INTO `tabIntegration State`"
		" (name, integration, creation, modified, owner, modified_by, breaker)"
		" VALUES (%s, %s, %s, %s, %s, %s, 'Closed')",
		(integration, integration, stamp, stamp, frappe.session.user, frappe.session.user),
	)


def lock(integration: str) -> State:
	"""The state of an account, locked until the end of the transaction."""
	row = _select(integration, " FOR UPDATE")
	if row is None:
		create(integration)
		row = _select(integration, " FOR UPDATE")
	return _state(row)


def read(integration: str) -> State | None:
	row = _select(integration, "")
	return _state(row) if row else None


def save(state: State) -> None:
	"""Write back a locked state. What asked for a pause of some seconds is never asked before they are over."""
	breaker, bucket = state.breaker, state.bucket or Bucket(0, 0)
	frappe.db.sql(
		"UPDATE `tabIntegration State` SET breaker = %s, failures = %s, cooldown = %s, open_until = %s,"
		" probe_until = %s, failing_since = %s, throttled_until = %s, tokens = %s, tokens_at = %s, places = %s,"
		" modified = %s"
		" WHERE integration = %s",
		(
			breaker.state, breaker.failures, breaker.cooldown, int(breaker.open_until), int(breaker.probe_until),
			int(breaker.failing_since), math.ceil(state.throttled_until), bucket.tokens, bucket.updated,
			_written(state.places), now(), state.integration,
		),
	)  # fmt: skip


def note(integration: str, *, success: bool, error: str = "") -> None:
	"""Remember the last success or failure, for the health panel."""
	values = {"last_success": now()} if success else {"last_failure": now(), "last_error": capped(error)}
	frappe.db.set_value("Integration State", integration, values, update_modified=False)


def empty_errors() -> None:
	"""Empty what the last failure of each account said."""
	frappe.db.sql("UPDATE `tabIntegration State` SET last_error = '' WHERE IFNULL(last_error, '') != ''")


def remove(integration: str) -> None:
	"""Delete the state of an account that is being deleted."""
	frappe.db.delete("Integration State", {"integration": integration})


def reset(integration: str) -> None:
	"""Close the breaker and lift the throttle, as Resume does."""
	state = lock(integration)
	state.breaker, state.throttled_until = BreakerState(), 0
	save(state)


def token_address(integration: str) -> str:
	"""The address that came with the account's last token; empty when none did."""
	return frappe.db.get_value("Integration State", integration, "token_base_url") or ""


def remember_token_address(integration: str, url: str) -> None:
	"""The address that came with a token belongs to the account until the next token. Does not commit."""
	frappe.db.set_value("Integration State", integration, "token_base_url", url)


def session_token(integration: str, margin: int) -> str | None:
	"""The session token, for all workers, while it is good for `margin` seconds more; by what is committed now."""
	valid = frappe.db.sql(
		"SELECT 1 FROM `tabIntegration State` WHERE integration = %s AND session_expires > UNIX_TIMESTAMP() + %s"
		" LOCK IN SHARE MODE",
		(integration, margin),
	)
	if not valid:
		return None
	return get_decrypted_password("Integration Settings", integration, "session_token", raise_exception=False)


def keep_session_token(integration: str, token: str, lifetime: int) -> None:
	"""Keep a session token, encrypted beside the account's other secrets, with its end. Does not commit."""
	set_encrypted_password("Integration Settings", integration, token, "session_token")
	frappe.db.sql(
		"UPDATE `tabIntegration State` SET session_expires = UNIX_TIMESTAMP() + %s WHERE integration = %s",
		(lifetime, integration),
	)


def forget_tokens(integration: str) -> None:
	"""Forget the session token, and the address that came with a token. Does not commit."""
	remove_encrypted_password("Integration Settings", integration, "session_token")
	frappe.db.sql(
		"UPDATE `tabIntegration State` SET session_expires = 0, token_base_url = NULL WHERE integration = %s",
		integration,
	)


def _select(integration: str, suffix: str):
	rows = frappe.db.sql(
		"SELECT integration, breaker, failures, cooldown, open_until, probe_until, failing_since, throttled_until,"
		" tokens, tokens_at, places, CAST(UNIX_TIMESTAMP(NOW(6)) AS DOUBLE) AS now"
		f" FROM `tabIntegration State` WHERE integration = %s{suffix}",
		integration,
		as_dict=True,
	)
	return rows[0] if rows else None


def _state(row) -> State:
	return State(
		integration=row.integration,
		now=row.now,
		breaker=BreakerState(
			state=row.breaker or "Closed",
			failures=row.failures or 0,
			cooldown=row.cooldown or 0,
			open_until=row.open_until or 0,
			probe_until=row.probe_until or 0,
			failing_since=row.failing_since or 0,
		),
		throttled_until=row.throttled_until or 0,
		bucket=Bucket(row.tokens or 0, row.tokens_at) if row.tokens_at else None,
		places={worker: Places(*held) for worker, held in json.loads(row.places or "{}").items()},
	)


def _written(places: dict[str, Places]) -> str | None:
	if not places:
		return None
	return json.dumps({worker: [held.count, held.until] for worker, held in places.items()})
