"""Outcomes without what they quote: the words of the other system, which may be those of a document."""

from __future__ import annotations

from dataclasses import replace

from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.errors import Whole

# Stand for what is quoted only to those who may see the event.
SAID = Whole("what was said stands in the event.")
SOMEWHERE = Whole("another address")
# Outcomes without an answer whose words may quote what was to be sent, or the results of a batch.
_OF_THE_EVENT = frozenset({"invalid_request", "batch_unread", "batch_unreadable"})


def unquoted(outcome: Outcome) -> Outcome:
	"""The same outcome without words of the receiver or of the event. What the transport says is the app's own words."""
	params = dict(outcome.params)
	if "remote" in params and (params.get("status") is not None or outcome.code in _OF_THE_EVENT):
		params["remote"] = SAID
	if "location" in params:
		params["location"] = SOMEWHERE
	return replace(outcome, params=params)
