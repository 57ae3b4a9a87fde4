"""What follows where the other system says that it had a record already, which was to be created.

Somebody else made it, or an earlier try of this event did whose answer was lost. Where the answer tells its id, the
document is linked with it and the event goes on as an update, so that the record gets the document's state in either
case. What cannot be updated is done. Where nothing tells which record it is, a person has to.
"""

from __future__ import annotations

from erp_connect.calls.exchange import search
from erp_connect.config.flow import CREATE, UPDATE
from erp_connect.core.delivery.states import DELIVERED, FAILED, RETRYING
from erp_connect.outbound.request import Prepared


def status_of(prepared: Prepared, data: object) -> str:
	"""The status of an event whose record existed; Retrying means: at once, as an update of what is linked now.

	data: the event's part of the answer.
	"""
	if prepared.operation == UPDATE:
		return FAILED  # another record has what must be unique
	if prepared.operation != CREATE:
		return DELIVERED
	follows = prepared.flow.rule(prepared.event.event, linked=True)
	updates = follows is not None and follows.operation == UPDATE
	if prepared.flow.external_id is None and not updates:
		return DELIVERED
	if search(prepared.flow.external_id, data) is None:
		return FAILED
	return RETRYING if updates else DELIVERED
