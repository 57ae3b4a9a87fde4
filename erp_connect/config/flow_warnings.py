"""What a flow can be saved with, although it is hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from erp_connect.config import event_check, preset_files, progress
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.values import samples
from erp_connect.messages import say
from erp_connect.store import samples as kept

BOTH = "Both"


def warnings(doc) -> Iterator[str]:
	"""Messages about a Field Mapping, as plain text, for who saves it."""
	if lacking := event_check.missing(doc):
		yield _("Fields: no row brings {0}. Without it each {1} is refused.").format(
			", ".join(lacking), _(doc.purpose)
		)
	if doc.batch_from and not preset_files.batches_of(doc.integration):
		yield _(
			"Together in a batch from has no effect: the preset of account {0} says nothing of batches that are worked off "
			"later. Each record goes by itself."
		).format(doc.integration)
	if doc.direction == BOTH:
		for number in _bare_times(doc):
			yield _(
				"Fields, row {0}: a time goes out as it stands here, without a time zone. Where the other side writes times with an "
				"offset, choose the transform Datetime, or an update moves the time there."
			).format(number)
	if silent := progress.unheard(doc):
		yield _(
			"Requests: ERPNext changes {0} also without a save, as where an order is made or paid, and this flow does not hear it. "
			"To tell that, too, add a request for the event Change."
		).format(", ".join(silent))
	if sample := kept.of(doc.name):
		for number, text in not_in_sample(doc, sample.record).items():
			yield _("Fields, row {0}").format(number) + f": {text}"


def _bare_times(doc) -> list[int]:
	"""Numbers of rows of both ways that are a Datetime of the document, as it is."""
	meta = frappe.get_meta(doc.document_type)
	times = {field.fieldname for field in meta.get("fields", {"fieldtype": "Datetime"})}
	return [
		row.idx
		for row in doc.rows
		if (row.source or "").strip() in times and not row.transform and row.direction in (None, "", BOTH)
	]


def not_in_sample(doc, record) -> dict[int, str]:
	"""By the number of a row: what is said of its outside field, where a sample of the outside has none of that name."""
	schema = samples.schema(record, _("the sample of the outside"))
	found = {}
	for row in doc.rows:
		target = (row.target or "").strip()
		if not target or not _is_readable(target):
			continue
		if problems := check_expression(target, schema):
			found[row.idx] = say(problems[0])
	return found


def _is_readable(target: str) -> bool:
	"""Whether it is an expression; what is none is told by the checks of the row."""
	try:
		compile_expression(target)
	except ConnectError:
		return False
	return True
