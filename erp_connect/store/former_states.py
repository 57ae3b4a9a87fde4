"""Events of one outside order that stopped, and those that came of it besides, by the order's id. Never commits."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.delivery.states import CALL, FAILED, IN, INCOMING, ON_HOLD, PROCESSED, SUPERSEDED
from erp_connect.store import moves
from erp_connect.store.sync_log import PULL, WEBHOOK

# The call that states an order as a whole.
CREATE_ORDER = "create_order"
_COLUMNS = "name, status, topic, event, field_mapping, request_body, response_body, trace_id, seq, fingerprint, decision"
_OF_ORDER = "integration = %s AND external_id = %s AND direction = %s AND event IN %s AND name != %s"


def lock_stopped(integration: str, external_id: str, besides: str) -> list[Any]:
	"""Events that are held or failed, and calls that failed; locked until the transaction ends. What somebody has at this
	moment is passed over. besides: an event that is left out."""
	return _rows(integration, external_id, besides, (ON_HOLD, FAILED), " FOR UPDATE SKIP LOCKED")


def written_or_held(integration: str, external_id: str, besides: str) -> list[Any]:
	"""Events that were written or wait for a person, as committed now."""
	return _rows(integration, external_id, besides, (ON_HOLD, PROCESSED), "")


def _rows(
	integration: str, external_id: str, besides: str, states: tuple[str, ...], locked: str
) -> list[Any]:
	return frappe.db.sql(
		f"SELECT {_COLUMNS} FROM `tabSync Log` WHERE {_OF_ORDER} AND FIND_IN_SET(status, %s) ORDER BY seq{locked}",
		(integration, external_id, IN, (WEBHOOK, PULL, CREATE_ORDER), besides, ",".join(states)),
		as_dict=True,
	)


def supersede(row: Any, by: str, error: str) -> None:
	"""End a row of `lock_stopped`: the event `by` stands for it. error: what people are told of it."""
	life = CALL if row.event == CREATE_ORDER else INCOMING
	moves.move_one(
		life,
		SUPERSEDED,
		row.name,
		only_from=(ON_HOLD, FAILED) if life is INCOMING else (FAILED,),
		due_in=None,
		superseded_by=by,
		error=error,
		next_attempt=None,
	)
