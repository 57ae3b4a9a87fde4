"""What a flow can be saved with, although it is hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from frappe import _

from erp_connect.config import event_check


def warnings(doc) -> Iterator[str]:
	"""Messages about a Field Mapping, as plain text, for who saves it."""
	if lacking := event_check.missing(doc):
		yield _("Fields: no row brings {0}. Without it each {1} is refused.").format(
			", ".join(lacking), _(doc.purpose)
		)
