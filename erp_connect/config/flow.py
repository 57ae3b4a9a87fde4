"""One flow (Field Mapping) as the engine needs it: compiled once, kept while the record is unchanged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import frappe

from erp_connect.config import inputs, request_rules, request_steps
from erp_connect.config.request_rules import (
	CREATE,
	END,
	OFFERS,
	OPERATION_OF_EVENT,
	SEND,
	UPDATE,
	RequestRule,
)
from erp_connect.config.request_steps import ENDINGS, WrittenBack
from erp_connect.core.delivery.answer_rules import AnswerRule, rules_from
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.answer_place import AnswerPlace, place_from
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.expressions.parameters import Parameter, parameters_from
from erp_connect.core.mapping.rows import CompiledMapping, Row, compile_mapping
from erp_connect.core.paging.request import parse_body
from erp_connect.core.payload.contents import ATTACHED, OF_FIELDS
from erp_connect.core.values.inputs import filled

OUTGOING = ("Both", "Outgoing")
# The idempotency key of the request, as expressions see it.
REQUEST_KEY = "_key"
_NAMES_KEY = re.compile(rf"\b{REQUEST_KEY}\b")


@dataclass(frozen=True)
class LinkedDocument:
	"""table: what the link field is in: a child table, a linked document before it by its alias (`note_doc`), a table of
	that (`note_doc.items`), or empty for the document itself. entity: of which its id outside is wanted, empty for none.
	listed: DocType of which all documents are meant whose link field leads to this one; empty for the one document that a
	link leads to."""

	table: str
	link_field: str
	alias: str
	entity: str = ""
	listed: str = ""


@dataclass(frozen=True)
class Flow:
	"""compared: the mapping without fields whose change alone is no news. own: of those, what never comes in.
	two_way: the flow receives as well.

	read_first: an update is sent only after a look at the record outside. fetches: a single record has an address.
	answer_version, answer_etag: of the record, in the answer to an update. parameters: that all its requests carry.

	reads_files: whether it asks for the files of a document.

	written_back: values of the answers that are written into the document. offers_rule: asks for what a person may choose
	from, offers: where that is in the answer; then written_back is what a choice writes.

	batch_record_key, batch_result_key: the value by which the result of a record is found; batch_in_order: where there
	is none, whether results come in the order sent. batch_from: how many waiting records go out as one batch that is worked
	off outside; 0 for never.
	"""

	name: str
	account: str
	document_type: str
	remote_entity: str
	enabled: bool
	condition: Expression | None
	rules: tuple[RequestRule, ...]
	links: tuple[LinkedDocument, ...]
	mapping: CompiledMapping
	compared: CompiledMapping
	own: CompiledMapping
	has_creation_rows: bool
	reads_files: bool
	two_way: bool
	read_first: bool
	fetches: bool
	answer_version: AnswerPlace | None
	answer_etag: AnswerPlace | None
	parameters: tuple[Parameter, ...]
	only_changed: bool
	send_nulls: bool
	payload_path: str
	payload_format: str
	graphql_query: str
	external_id: Expression | None
	external_url: Expression | None
	success_statuses: str
	success_expression: str
	answer_rules: tuple[AnswerRule, ...]
	batch_size: int
	batch_path: str
	batch_beside: Mapping[str, Any]
	batch_results: Expression | None
	batch_record_key: Expression | None
	batch_result_key: Expression | None
	batch_in_order: bool
	batch_item_success: Expression | None
	batch_item_error: Expression | None
	rows: tuple[Row, ...] = ()
	written_back: tuple[WrittenBack, ...] = ()
	is_hook: bool = False
	batch_from: int = 0
	offers_rule: RequestRule | None = None
	offers: Expression | None = None

	def is_staged(self, rule: RequestRule) -> bool:
		"""Whether an event needs more than its one request, whose answer is kept for what follows."""
		return (
			len(rule.steps) > 1
			or rule.own.condition is not None
			or rule.own.existing is not None
			or rule.own.in_parts
			or bool(self.written_back and rule.event not in ENDINGS)
		)

	def rule(self, event: str, linked: bool) -> RequestRule | None:
		"""The request for an event: Create and Update stand in for each other by what is linked."""
		if event == END:
			return self.rule("update", linked)
		if event == "merge":
			# Where nothing is said of merges, the end of the document is a deletion.
			return self._first(lambda rule: rule.event == event) or self.rule("delete", linked)
		rule = self._first(lambda rule: rule.event == event) or self._of(OPERATION_OF_EVENT.get(event))
		if rule is None and OPERATION_OF_EVENT.get(event) in (CREATE, UPDATE):
			rule = self._of(CREATE, UPDATE, SEND)
		if rule and linked and rule.operation == CREATE:
			return self._of(UPDATE) or rule
		if rule and not linked and rule.operation == UPDATE:
			return self._of(CREATE) or rule
		return rule

	def _of(self, *operations: str | None) -> RequestRule | None:
		"""The first request with one of these operations; one that is apart only where there is no other."""
		return self._first(lambda rule: rule.operation in operations and not rule.apart) or self._first(
			lambda rule: rule.operation in operations
		)

	def _first(self, wanted) -> RequestRule | None:
		return next((rule for rule in self.rules if wanted(rule)), None)


def load(name: str) -> Flow:
	"""Flow `name`, compiled. Raises `frappe.DoesNotExistError`, or a `ConnectError` if it cannot be used."""
	stamp = frappe.db.get_value("Field Mapping", name, ["modified", "integration"])
	if not stamp:
		raise frappe.DoesNotExistError(name)
	return _load(frappe.local.site, name, str(stamp[0]), outer_stamp(stamp[1]))


@lru_cache(maxsize=256)
def _load(site: str, name: str, modified: str, outer: str) -> Flow:
	return from_document(frappe.get_doc("Field Mapping", name))


def outer_stamp(account: str) -> str:
	"""Changes with what a flow of an account is made of besides its own record: its name, value maps and inputs."""
	return f"{account} {_value_maps_stamp()} {inputs.stamp(account)}"


def _value_maps_stamp() -> str:
	return str(frappe.db.get_value("Value Map", {}, "modified", order_by="modified desc") or "")


def from_document(doc) -> Flow:
	"""The flow that a saved or still unsaved Field Mapping describes. Raises `ConnectError`."""
	asked = request_rules.of_flow(doc)
	return Flow(
		name=doc.name,
		account=doc.integration,
		document_type=doc.document_type,
		remote_entity=doc.remote_entity,
		enabled=bool(doc.enabled),
		condition=_expression(doc.condition),
		rules=request_rules.told_apart([rule for rule in asked if rule.event != OFFERS]),
		offers_rule=next((rule for rule in asked if rule.event == OFFERS), None),
		offers=_expression(doc.get("offers_expression")),
		written_back=request_steps.written_back(doc),
		is_hook=bool(doc.is_hook),
		links=tuple(_link(row) for row in doc.linked_documents),
		mapping=compile_mapping(outgoing_rows(doc)),
		compared=compile_mapping(outgoing_rows(doc, only_compared=True)),
		own=compile_mapping(outgoing_rows(doc, only_compared=True, only_outgoing=True)),
		rows=tuple(outgoing_rows(doc)),
		has_creation_rows=any(row.on_create_only for row in doc.rows),
		reads_files=_reads_files(doc),
		two_way=doc.direction == "Both",
		read_first=doc.direction == "Both" and bool(doc.read_before_update),
		fetches=doc.direction == "Both" and bool((doc.fetch_path or "").strip()),
		answer_version=place_from(doc.answer_version_expression),
		answer_etag=place_from(doc.answer_etag_expression),
		parameters=parameters_from(doc.request_parameters),
		only_changed=bool(doc.only_changed),
		send_nulls=bool(doc.send_nulls),
		payload_path=(doc.payload_path or "").strip(),
		payload_format=doc.payload_format or "",
		graphql_query=doc.graphql_query or "",
		external_id=_expression(doc.external_id_expression),
		external_url=_expression(_with_inputs(doc, doc.external_url_expression)),
		success_statuses=doc.success_statuses or "2xx",
		success_expression=doc.success_expression or "",
		answer_rules=rules_from(row.as_dict() for row in doc.answer_rules),
		batch_size=max(doc.batch_size or 1, 1),
		batch_from=doc.get("batch_from") or 0,
		batch_path=doc.batch_path or "",
		batch_beside=parse_body(doc.get("batch_beside") or "") or {},
		batch_results=_expression(doc.batch_results),
		batch_record_key=_expression(doc.batch_record_key),
		batch_result_key=_expression(doc.batch_result_key),
		batch_in_order=bool(doc.batch_in_order),
		batch_item_success=_expression(doc.batch_item_success),
		batch_item_error=_expression(doc.batch_item_error),
	)


def _with_inputs(doc, expression: str | None) -> str:
	return filled(expression, inputs.of_account(doc.integration)) if expression else ""


def outgoing_rows(doc, *, only_compared: bool = False, only_outgoing: bool = False) -> list[Row]:
	"""The rows of the table Fields that count outwards, in pure form.

	only_compared: without those that are not compared, by choice or as the key of a request, which is another each time.
	only_outgoing: without those that count inwards as well.
	"""
	if doc.direction == "Incoming":
		return []  # whatever its rows say: their outside field may be any expression
	directions = ("Outgoing",) if only_outgoing else OUTGOING
	own = inputs.of_account(doc.integration)
	return [
		mapping_row(row, own)
		for row in doc.rows
		if (row.direction or "Both") in directions
		and not (only_compared and (row.not_compared or _NAMES_KEY.search(row.source or "")))
	]


def mapping_row(row, own: Mapping[str, str]) -> Row:
	"""The pure form of one row of the table Fields. own: the account's inputs, which constants and values of value
	maps may name. Raises `ConfigurationError` for one that is not set."""
	return Row(
		source=row.source or "",
		target=row.target or "",
		transform=row.transform or "",
		argument=row.argument or "",
		value_map=_value_map(row.value_map, own) if row.value_map else None,
		default=filled(row.default_value or "", own) or None,
		constant=filled(row.constant or "", own) or None,
		required=bool(row.required),
		on_create_only=bool(row.on_create_only),
	)


def _expression(text: str | None) -> Expression | None:
	return compile_expression(text.strip()) if text and text.strip() else None


def _reads_files(doc) -> bool:
	texts = [
		doc.condition,
		*(row.source for row in doc.rows),
		*(text for row in doc.requests for text in (row.path, row.body)),
		*(row.value for row in doc.request_parameters),
	]
	return any(name in (text or "") for text in texts for name in (ATTACHED, OF_FIELDS))


def _link(row) -> LinkedDocument:
	table, _, field = row.link_field.strip().replace("[]", "").rpartition(".")
	listed = (row.list_of or "").strip()
	if not field or table.count(".") > 1 or "" in table.split(".")[1:] or (listed and table):
		raise ConfigurationError(
			"{field} is not a link field. Write customer, or items.item_code for a field of a table; of a list of documents, "
			"the field of theirs that leads here, such as variant_of.",
			code="bad_link_field",
			field=row.link_field,
		)
	return LinkedDocument(
		table=table,
		link_field=field,
		alias=row.alias.strip(),
		entity=(row.remote_entity or "").strip(),
		listed=listed,
	)


def _value_map(name: str, own: Mapping[str, str]) -> dict[str, str]:
	entries = frappe.get_all(
		"Value Map Entry", filters={"parent": name}, fields=["erp_value", "remote_value"], order_by="idx"
	)
	return {filled(entry.erp_value, own): filled(entry.remote_value, own) for entry in entries}
