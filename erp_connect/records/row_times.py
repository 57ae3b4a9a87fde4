"""Until when a row lasts that says from when and how long: ERPNext counts the hours anew from the end that stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.records import comparing

FROM, HOURS, TO = "from_time", "hours", "to_time"


def forget(row: Any, values: Mapping[str, Any]) -> None:
	"""Empty the end of a row that is there where `values`, which are about to be set in it, say another beginning or other hours.

	ERPNext fills it at the save. Where the record says the end, it stands.
	"""
	if TO in values or not all(map(row.meta.has_field, (FROM, HOURS, TO))):
		return
	said = {field: values[field] for field in (FROM, HOURS) if values.get(field)}
	if not comparing.equal(row, said):
		row.set(TO, None)
