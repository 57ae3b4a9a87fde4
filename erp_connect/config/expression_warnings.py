"""What a person is told when expressions of a flow or an account do not mean what they look like. Nothing is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import frappe
from frappe import _

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.expressions.path_template import split_template
from erp_connect.core.expressions.traps import traps
from erp_connect.messages import say

# Fields that hold an expression, by DocType.
EXPRESSIONS = {
	"Integration Settings": (
		"success_expression", "error_expression", "retry_expression", "base_url_expression", "login_token_expression",
	),
	"Field Mapping": (
		"condition", "external_id_expression", "external_url_expression", "success_expression", "batch_results",
		"batch_record_key", "batch_result_key", "batch_item_success", "batch_item_error", "record_expression",
		"inbound_id_expression", "inbound_version_expression", "pull_records", "changed_expression", "page_next",
		"page_more", "page_total", "fetch_result", "fetch_if", "answer_version_expression", "inbound_name_expression",
		"inbound_seen_expression", "answer_etag_expression", "inbound_etag_expression",
		"parent_records", "parent_changed", "parent_id", "new_if",
	),
	"Answer Rule": ("condition", "until"),
	"Field Mapping Row": ("source", "target"),
	"Field Mapping Request": ("condition", "existing", "body", "success_expression"),
	"Field Mapping Write Back": ("value",),
}  # fmt: skip
# Fields whose text holds expressions in braces.
TEMPLATES = {
	"Field Mapping": ("fetch_path",),
	"Field Mapping Request": ("path",),
	"Field Mapping Parameter": ("value",),
	"Field Mapping Write Back": ("file_name",),
}


def show(doc, further: Iterable[str] = ()) -> None:
	"""Tell the person who saves `doc` of each such expression, by a message in the corner of the form.

	further: other messages about what may not be meant, as plain text.
	"""
	if found := [*warnings(doc), *further]:
		frappe.msgprint(
			"<br>".join(frappe.utils.escape_html(text) for text in found),
			title=_("Saved, but look at this"),
			indicator="orange",
		)


def warnings(doc) -> Iterator[str]:
	"""Messages about a document and its tables, each with its place."""
	for fieldname in EXPRESSIONS.get(doc.doctype, ()):
		yield from _about(doc, fieldname, _compiled(doc.get(fieldname)))
	for fieldname in TEMPLATES.get(doc.doctype, ()):
		yield from _about(doc, fieldname, _in_template(doc.get(fieldname)))
	for table in doc.meta.get_table_fields():
		for row in doc.get(table.fieldname):
			yield from (
				f"{_(table.label or row.doctype)}, {_('row {0}').format(row.idx)}, {text}"
				for text in warnings(row)
			)


def _about(doc, fieldname: str, expressions: list[Expression]) -> Iterator[str]:
	for expression in expressions:
		for problem in traps(expression):
			yield f"{_(doc.meta.get_label(fieldname))}: {say(problem)}"


def _compiled(text: str | None) -> list[Expression]:
	"""The expression of a field; none where it is empty, or no expression: that is told by the checks of the document."""
	# Of the total of a pull, which may count pages.
	text = (text or "").strip().removeprefix("pages:").strip()
	if not text or text.startswith("header:"):
		return []
	try:
		return [compile_expression(text)]
	except ConnectError:
		return []


def _in_template(text: str | None) -> list[Expression]:
	try:
		return [part for part in split_template(text or "") if isinstance(part, Expression)]
	except ConnectError:
		return []
