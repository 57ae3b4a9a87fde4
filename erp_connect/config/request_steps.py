"""The steps of an event: the rows of Requests that are sent one after the other, and what is written back at the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields

from erp_connect.config import linked_fields
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.core.delivery.progress import OWN
from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.expressions.text_template import check_text
from erp_connect.core.payload.uploads import IN_PARTS, KIB, USUAL_KIB
from erp_connect.messages import say

STEP = "Step"
# What expressions call the answers of the steps before.
IN_EXPRESSIONS = "_steps"
# What they call the headers of an answer that are kept.
HEADERS = "_headers"
# What they call the offer that a person chose.
CHOSEN = "_offer"
OFFERS = "Offers"
NAME = re.compile(r"[a-z][a-z0-9_]*")
TEXTS = ("path", "condition", "existing", "body")
# Of documents that are submitted by then.
SUBMITTED = ("Submit", "Update After Submit")
# With these a document ends: nothing is written back into it.
ENDINGS = ("cancel", "delete", "merge")
# Also behind comments and fragments.
_CHANGES = re.compile(r"^\s*(?:mutation|subscription)\b", re.MULTILINE)


@dataclass(frozen=True)
class Step:
	"""own: the event's own request, which `RequestRule` describes; of it, name, condition, existing, body and is_read count
	alone.

	upload: whether the body is one file, sent as it is, whole or in parts of `part_size` bytes. kept_headers: names, in small
	letters, of headers of the answer that are kept beside it.

	existing: gives the ids of records that may be the one to be created, from what the steps before it answered. body: gives what is sent, of the own request instead of the Fields. success: expression over its answer. is_read: whether something uses its answer.
	"""

	name: str
	own: bool = False
	method: str = ""
	path: str = ""
	condition: Expression | None = None
	body: Expression | None = None
	graphql_query: str = ""
	success: str = ""
	is_read: bool = False
	existing: Expression | None = None
	upload: str = ""
	part_size: int = USUAL_KIB * KIB
	kept_headers: tuple[str, ...] = ()

	@property
	def in_parts(self) -> bool:
		return self.upload == IN_PARTS

	@property
	def only_asks(self) -> bool:
		"""Whether it changes nothing outside."""
		if self.graphql_query:
			return not _CHANGES.search(self.graphql_query)
		return self.method == "GET"


@dataclass(frozen=True)
class WrittenBack:
	"""A value of the answers that is written into a field of the document, or of a linked one (`note_doc.lr_no`); with a
	file name, as a file.

	alias: of the linked document; empty for the document itself. after_submit: also where the document is submitted, and people
	cannot change the field any more.
	"""

	alias: str
	fieldname: str
	value: Expression
	file_name: str = ""
	after_submit: bool = False

	@property
	def into(self) -> str:
		"""Where it goes, as the flow says it: a field, or the name of a file that is only attached."""
		return ".".join(filter(None, (self.alias, self.fieldname))) or self.file_name


def name_of(row: Any) -> str:
	"""The name of a row of Requests among the steps of its event."""
	return (row.step or "").strip() or (OWN if row.operation != STEP else "")


def of_event(doc: Any, event: str) -> tuple[Step, ...]:
	"""The steps of an event of a Field Mapping, in their order. Raises `ConnectError`."""
	return tuple(_step(row, doc) for row in doc.requests if row.event == event)


def written_back(doc: Any) -> tuple[WrittenBack, ...]:
	"""What a Field Mapping writes back. Raises `ConnectError`."""
	return tuple(
		WrittenBack(
			*linked_fields.split((row.fieldname or "").strip()),
			compile_expression(row.value),
			(row.file_name or "").strip() if row.as_file else "",
			bool(row.after_submit),
		)
		for row in doc.write_back
	)


def _step(row: Any, doc: Any) -> Step:
	name = name_of(row)
	own = row.operation != STEP
	return Step(
		name=name,
		own=own,
		method=row.method,
		path=(row.path or "").strip(),
		condition=_expression(row.condition),
		body=_expression(row.body),
		graphql_query="" if own else (row.graphql_query or "").strip(),
		success="" if own else (row.success_expression or "").strip(),
		existing=_expression(row.existing) if own else None,
		# A header may be all that is read of an answer without a body.
		is_read=bool(re.search(rf"\b{IN_EXPRESSIONS}\.{re.escape(name)}\b(?!\.{HEADERS}\b)", _texts(doc))),
		upload=(row.get("upload") or "") if own else "",
		part_size=(row.get("part_size") or USUAL_KIB) * KIB,
		kept_headers=() if own else _header_names(row),
	)


def _header_names(row: Any) -> tuple[str, ...]:
	names = (name.strip().lower() for name in (row.get("kept_headers") or "").split(","))
	return tuple(filter(None, names))


def _texts(doc: Any) -> str:
	"""All texts of a flow in which the answer of a step can be named."""
	texts = [row.get(name) for row in doc.requests for name in TEXTS]
	texts += [row.source for row in doc.rows] + [row.value for row in doc.request_parameters]
	texts += [text for row in doc.write_back for text in (row.value, row.file_name)]
	return "\n".join(text for text in texts if text)


def _expression(text: str | None) -> Expression | None:
	return compile_expression(text.strip()) if text and text.strip() else None


def problems(doc: Any, schema: Mapping[str, Any]) -> Iterator[str]:
	"""Messages about the steps of a Field Mapping, and about what it writes back. schema: of what templates may name."""
	yield from _offer_problems(doc)
	if not doc.write_back and not any(_is_staged(row) for row in doc.requests):
		return
	if doc.direction != "Outgoing":
		yield _(
			"Steps and values that are written back need a flow that is Outgoing only. Make a flow of its own for them."
		)
	if (doc.batch_size or 1) > 1:
		yield _(
			"Steps and values that are written back need one record per request. Set Records per request to 1."
		)
	own = {row.event: row for row in doc.requests if row.operation != STEP}
	for row in doc.requests:
		place = _("Requests, row {0}").format(row.idx)
		yield from (f"{place}: {text}" for text in _row_problems(doc, row, own.get(row.event), schema))
	yield from _name_problems(doc)
	if doc.write_back:
		require_writable(doc.document_type)
	for row in doc.write_back:
		place = _("Written back, row {0}").format(row.idx)
		yield from (f"{place}: {text}" for text in _back_problems(doc, row, schema))


def _offer_problems(doc: Any) -> Iterator[str]:
	events = {row.event for row in doc.requests}
	text = (doc.get("offers_expression") or "").strip()
	if OFFERS not in events:
		if text:
			yield _("Offers in the answer needs a row of Requests with the event Offers.")
		return
	if len(doc.requests) > 1 or doc.direction != "Outgoing":
		yield _("A request for offers needs a flow of its own, which is Outgoing and has no other request.")
	if not text or not doc.write_back:
		yield _("Enter Offers in the answer, and in Written back what is written of the one that is chosen.")
	else:
		compile_expression(text)


def _is_staged(row: Any) -> bool:
	texts = (row.step, row.condition, row.existing, row.body, row.get("upload"))
	return row.operation == STEP or any((text or "").strip() for text in texts)


def _row_problems(doc: Any, row: Any, own: Any, schema: Mapping[str, Any]) -> Iterator[str]:
	own_existing = None if row.operation == STEP else row.existing
	for text in filter(None, (row.condition, row.body, own_existing)):
		yield from (say(found) for found in check_expression(text, schema))
	if not NAME.fullmatch(name_of(row)):
		yield _("Enter a Step name that begins with a small letter, with small letters, digits and _.")
	if row.operation != STEP:
		yield from _existing_problems(row, doc)
		yield from _upload_problems(row)
		return
	if own is None:
		yield _(
			"The event {0} has steps only. Add a row for its own request, with another Operation."
		).format(_(row.event))
	elif (own.operation or own.event) in ("Delete", "Merge") and row.idx > own.idx:
		yield _(
			"After the record was deleted nothing is known of it any more. Move the step before the deletion."
		)
	if (row.success_expression or "").strip():
		compile_expression(row.success_expression.strip())


def _existing_problems(row: Any, doc: Any) -> Iterator[str]:
	if not (row.existing or "").strip():
		return
	if row.operation != "Create" and (row.operation or row.event) not in ("Insert", "Submit"):
		yield _(
			"Already there is for a request that creates a record. Choose the Operation Create, or empty it."
		)
	if not any(
		other.operation == STEP and other.event == row.event and other.idx < row.idx for other in doc.requests
	):
		yield _("Already there needs a step before the request, which asks what there is. Add one above it.")


def _upload_problems(row: Any) -> Iterator[str]:
	if not row.get("upload"):
		return
	if not (row.body or "").strip() or not row.send_body:
		yield _("What is sent as a file needs a Body that gives the content of one, such as {0}.").format(
			"_files.file_url.content"
		)
	if (row.graphql_query or "").strip():
		yield _("A GraphQL query cannot be sent as a file. Empty one of both.")


def _name_problems(doc: Any) -> Iterator[str]:
	counted = Counter(
		(row.event, name_of(row)) for row in doc.requests if _is_staged(row) or row.operation != STEP
	)
	for (event, name), count in counted.items():
		if count > 1:
			yield _("Two steps of {0} are called {1}. Give each a name of its own.").format(_(event), name)


def _back_problems(doc: Any, row: Any, schema: Mapping[str, Any]) -> Iterator[str]:
	yield from (say(found) for found in check_expression(row.value or "", schema))
	alias, name = linked_fields.split((row.fieldname or "").strip())
	doctype = linked_fields.doctype_of(doc, alias) if alias else doc.document_type
	if doctype is None:
		yield _(
			"{0} is no linked document that could be written. Choose one that a Link of this document or of its tables leads to."
		).format(alias)
		return
	require_writable(doctype)
	meta = frappe.get_meta(doctype)
	field = meta.get_field(name) if name else None
	# What a document of the flow is by then, its events say; of a linked one, nobody knows.
	submitted = meta.is_submittable if alias else any(other.event in SUBMITTED for other in doc.requests)
	if row.as_file:
		if not (row.file_name or "").strip():
			yield _("Enter the file's name.")
		yield from (say(found) for found in check_text(row.file_name or "", schema))
		if name and (not field or field.fieldtype not in ("Attach", "Attach Image")):
			yield _("{0} of {1} takes no file. Choose a field of the type Attach, or leave it empty.").format(
				name, doctype
			)
		return
	if not field or field.fieldtype in (*table_fields, *no_value_fields, "Password"):
		yield _("{0} has no field {1} that a value could be written into.").format(doctype, name or "-")
	elif submitted and not (field.allow_on_submit or row.after_submit):
		yield _(
			"{0} cannot be written in a submitted {1}. Tick Although submitted in the row, or Allow on Submit of that field "
			"(Customize Form), or choose another one."
		).format(name, doctype)
