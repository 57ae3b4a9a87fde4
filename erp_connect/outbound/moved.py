"""A record that was not found under the id of its link, as another flow of the account gives it another one.

Two flows may speak of one record: one moves it to another id (an e-mail address, say, of which the id is made), and the other's
request still names the former one. It is built anew with the id of then, instead of being told as gone.
"""

from __future__ import annotations

from dataclasses import replace

import frappe

from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.delivery.states import QUEUED, SENDING
from erp_connect.outbound.request import Delivery
from erp_connect.store import waiting

NOT_THERE, RECORD_MOVED = ("record_gone", "not_found"), "record_moved"


def decided(items: list[Delivery]) -> list[Delivery]:
	"""The same deliveries, after their links were written: those to a former id are to be tried again. Does not commit."""
	return [_decided(item) if item.outcome.code in NOT_THERE else item for item in items]


def _decided(item: Delivery) -> Delivery:
	event, link = item.prepared.event, item.prepared.link
	# What repeats stored bytes says what a person wanted; what has begun in steps is finished as it began.
	as_told = event.replay_of or event.edited or item.prepared.stage
	if item.outcome.kind != outcomes.FINAL or as_told or not link or not link.external_id:
		return item
	now = frappe.db.get_value("Sync Link", link.name, "external_id")
	if not now or (now == link.external_id and not _is_moving(item)):
		return item
	return replace(item, outcome=Outcome(outcomes.RETRY, RECORD_MOVED, item.outcome.params))


def _is_moving(item: Delivery) -> bool:
	"""Whether another flow is about to say something of the record, and may move it: waited for once."""
	event, flow = item.prepared.event, item.prepared.flow
	return event.attempts <= 1 and waiting.by_another_flow(
		event, flow, "other.status IN (%s, %s)", QUEUED, SENDING
	)
