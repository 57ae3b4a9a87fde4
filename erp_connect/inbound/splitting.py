"""An event that several flows take becomes an event for each of them.

So each flow's work stands by itself: what one of them cannot use holds up none of the others, and is shown, tried
again or given up alone. The events share their trace id. Never commits.
"""

from __future__ import annotations

from erp_connect.config import inflow
from erp_connect.store import inbox, sync_log


def apart(account: str, events: list) -> None:
	"""Give each of these leased events to one flow, and insert one for each further flow that takes it."""
	for event in events:
		if event.event == sync_log.PULL or event.field_mapping:
			continue
		first, *others = inflow.takers(account, event.topic or "") or [None]
		if others:
			event.field_mapping = first
			inbox.split(event.name, first, others)
