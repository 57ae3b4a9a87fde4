"""What can be wrong with a row by which files come in, in words for the person who saves the flow."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from erp_connect.config.flow_fields import ATTACH_FIELDS, CONTENTS_OF_FILE
from erp_connect.core.payload.contents import ATTACHED, OF_FIELDS
from erp_connect.core.payload.received_files import COLUMNS
from erp_connect.core.values.paths import EACH, parse_path


def problems(doc, row) -> Iterator[str]:
	"""Messages about a row of a Field Mapping whose ERPNext field begins with `_attachments` or `_files`."""
	path = parse_path(row.source)
	if doc.direction == "Both" and (row.direction or "Both") == "Both":
		yield _(
			"Files go one way by a row. Set its direction to Incoming or Outgoing, and use a row of its own for the other way."
		)
	if row.is_match_key:
		yield _("A file is no match key. Clear that.")
	if path[0] == ATTACHED and not (len(path) == 3 and path[1] == EACH and path[2] in COLUMNS):
		yield _("Of files that come in, write one of {0}.").format(
			", ".join(f"{ATTACHED}[].{column}" for column in COLUMNS)
		)
	if path[0] == OF_FIELDS and not _is_attach_field(doc.document_type, path):
		yield _(
			"Of a file for a field, write {0}.field and one of {1}, where field is an Attach field of {2} itself."
		).format(OF_FIELDS, ", ".join(f".{column}" for column in COLUMNS), doc.document_type)


def _is_attach_field(doctype: str, path: tuple) -> bool:
	if len(path) != 3 or path[2] not in COLUMNS:
		return False
	if (doctype, path[1]) == CONTENTS_OF_FILE:
		return True
	field = frappe.get_meta(doctype).get_field(str(path[1]))
	return bool(field) and field.fieldtype in ATTACH_FIELDS
