"""What is written into the row of an event once something has come of it. Values only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from frappe.utils import now_datetime

from erp_connect.core.delivery.progress import Progress
from erp_connect.core.errors import capped


def settled(
	event: Any, status: str, delay: int | None, code: str, text: str, http_status: int | None
) -> dict[str, Any]:
	"""delay: seconds until the next try, None for none. code, text: the outcome, and what a person is told of it."""
	current = now_datetime()
	return {
		"name": event.name,
		"status": status,
		"due_in": delay,
		"next_attempt": current + timedelta(seconds=delay) if delay else None,
		"last_attempt": current,
		"outcome": code,
		"error": capped(text),
		"response_status": http_status or 0,
	}


def unasked(event: Any, status: str, delay: int | None) -> dict[str, Any]:
	"""As `settled`, where nothing was sent: the row keeps the status of its last answer."""
	update = settled(event, status, delay, "", "", None)
	del update["response_status"]
	return update


def reached(progress: Progress) -> dict[str, Any]:
	"""What the row keeps of a step that is done. The next one has all tries before it."""
	return {
		"steps": progress.to_text(),
		"steps_done": ", ".join(progress.answers),
		"attempts": progress.tries,
	}
