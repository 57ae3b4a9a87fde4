"""An update that the other side refused because the record is not the one that was seen last (412, or as a rule says).

Nothing was written over it. In a flow that goes both ways, the record as it is now is taken in and decided by the flow's
policy, and the update is tried again after that with the version of then, if it still says something; or it waits for
the person who decides. Where nothing can be fetched, and for a replay, a person is told what to do.
"""

from __future__ import annotations

from dataclasses import replace

import frappe

from erp_connect.calls.exchange import Connection
from erp_connect.calls.fetcher import is_gone
from erp_connect.config.flow import UPDATE
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.jobs.steps import Steps
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.outbound import record_outside
from erp_connect.outbound.request import Delivery, Prepared
from erp_connect.store.waiting import CHANGED_OUTSIDE


def decided(deliveries: list[Delivery], connection: Connection) -> Steps[list[Delivery]]:
	"""The same deliveries, with what comes of those that were refused like this. Commits records that are taken in."""
	found = []
	for delivery in deliveries:
		if delivery.outcome.kind == outcomes.CHANGED:
			outcome = yield from _decided(delivery.prepared, delivery.outcome, connection)
			delivery = replace(delivery, outcome=outcome)
		found.append(delivery)
	return found


def _decided(item: Prepared, refusal: Outcome, connection: Connection) -> Steps[Outcome]:
	decidable = item.flow.two_way and item.operation == UPDATE and item.link and item.link.external_id
	# What repeats stored bytes says what a person wanted, and cannot be built of what both sides have now.
	if not decidable or item.event.replay_of:
		return Outcome(outcomes.CHANGED, "changed_unread", refusal.params)
	if not item.flow.fetches:
		return refusal
	result = yield from record_outside.fetch(item, connection)
	if result is not None and is_gone(result):
		return Outcome(outcomes.FINAL, "record_gone", {**refusal.params, "status": result.status})
	record = record_outside.record_in(item, result)
	if record is not None and record_outside.keep(item, record):
		INBOUND.after_commit(connection.account.name)
		frappe.db.commit()  # the update that waits for it is settled later, with others
	# Where it could not be had, the next try is refused alike, and looks again.
	return Outcome(outcomes.RETRY, CHANGED_OUTSIDE, refusal.params)
