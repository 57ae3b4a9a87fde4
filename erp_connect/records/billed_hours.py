"""The hours that a bill is of, where a record names their Timesheet alone.

ERPNext's button names each row of it that is still to be billed. A bill with a project counts in no others, so the hours were
left to be billed once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from erpnext.projects.doctype.timesheet.timesheet import get_projectwise_timesheet_data

TABLE, SHEET, ROW, DOCTYPE = "timesheets", "time_sheet", "timesheet_detail", "Timesheet"


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Let a new document that was filled with `values` name these rows; further ones of a Timesheet stand behind the others."""
	said = values.get(TABLE)
	if not isinstance(said, list) or any(ROW in row for row in said):
		return
	for row in list(doc.get(TABLE)):
		name = row.get(SHEET)
		if not name or not frappe.db.exists(DOCTYPE, name) or not frappe.has_permission(DOCTYPE, doc=name):
			continue
		hours = get_projectwise_timesheet_data(project=doc.get("project"), parent=name)
		for place, found in enumerate(hours):
			target = row if place == 0 else doc.append(TABLE, {SHEET: name})
			target.update(
				{ROW: found.pop("name"), **{field: found[field] for field in found if not target.get(field)}}
			)
