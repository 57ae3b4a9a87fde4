"""Documents that are taken out of use, and put back, by the field that their DocType has for it. Never commits."""

from __future__ import annotations

from typing import Any

from erp_connect.config.disabling import switch_of

CANCELLED = 2


def is_out(doc) -> bool:
	"""Whether a document is out of use, or cancelled."""
	switch = switch_of(doc.doctype)
	return doc.docstatus == CANCELLED or bool(switch and _same(doc.get(switch.field), switch.off))


def put_out(doc) -> bool:
	"""Take a document out of use, as the session's user; False where it is already. Raises Frappe's own errors.

	Its DocType has a field for it (`switch_of`).
	"""
	doc.check_permission("write")
	if is_out(doc):
		return False
	switch = switch_of(doc.doctype)
	doc.set(switch.field, switch.off)
	doc.save()
	return True


def put_back(doc) -> None:
	"""Put a document into use again, as the session's user. Raises Frappe's own errors."""
	switch = switch_of(doc.doctype)
	if switch and _same(doc.get(switch.field), switch.off):
		doc.check_permission("write")
		doc.set(switch.field, switch.on)
		doc.save()


def _same(value: Any, other: Any) -> bool:
	return (int(value or 0) if isinstance(other, int) else value) == other
