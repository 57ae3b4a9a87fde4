"""What can be found wrong with a flow of business events: names that the event does not have, and those it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from frappe import _

from erp_connect.config import inflow
from erp_connect.config.inflow import InFlow
from erp_connect.core.commerce import event_fields
from erp_connect.core.errors import ConnectError, fill
from erp_connect.core.values.paths import parse_path


def problems(doc, flow: InFlow) -> Iterator[str]:
	"""Messages about the rows of a Field Mapping whose records are business events."""
	for row in doc.rows:
		name = (row.source or "").strip()
		if (row.direction or "Both") not in inflow.INCOMING or not name:
			continue
		if not event_fields.is_known(flow.purpose, parse_path(name)):
			yield _("Fields, row {0}").format(row.idx) + ": " + _unknown(flow.purpose, name)


def _unknown(purpose: str, name: str) -> str:
	record = event_fields.RECORDS.get(purpose)
	if elsewhere := record and record.ELSEWHERE.get(str(parse_path(name)[0])):
		return fill(_(elsewhere), {"field": name})
	near = event_fields.near(purpose, name)
	if not near:
		return _("{0} has no field {1}. Choose one of those that are offered.").format(_(purpose), name)
	return _("{0} has no field {1}. Nearest: {2}.").format(_(purpose), name, ", ".join(near))


def missing(doc) -> list[str]:
	"""Names of fields that no row of the flow fills, although each of its records would be refused without them."""
	purpose = doc.get("purpose") or inflow.DOCUMENT
	if doc.direction == "Outgoing" or purpose == inflow.DOCUMENT:
		return []
	tops = {top for row in doc.rows if (top := _top(row))}
	lacking = [name for name in event_fields.needed(purpose) if name not in tops]
	if purpose in event_fields.FOLLOW_ORDER and not tops & event_fields.OF_ORDER.keys():
		lacking.append("order_id")
	return lacking


def _top(row) -> str:
	if (row.direction or "Both") not in inflow.INCOMING:
		return ""
	try:
		return str(parse_path(row.source or "")[0])
	except ConnectError:
		return ""  # told by the checks of the row
