"""One flow inwards as the engine needs it: what of a record is written, how it is found, what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import frappe

from erp_connect.config import inflow_rows, inputs, known_elsewhere
from erp_connect.config.flow import outer_stamp
from erp_connect.config.known_elsewhere import Elsewhere
from erp_connect.core.expressions.answer_place import AnswerPlace, place_from
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.mapping.matching import MatchSet
from erp_connect.core.mapping.merge import NEWEST, OUTSIDE, SIDE_OF_ROW
from erp_connect.core.mapping.rows import CompiledMapping, Row, compile_mapping
from erp_connect.core.paging.request import parse_body
from erp_connect.core.payload.received_files import is_file_path
from erp_connect.core.values.inputs import filled
from erp_connect.core.values.number_formats import PLAIN, NumberFormat
from erp_connect.core.values.paths import parse_path

INCOMING = ("Both", "Incoming")
# What `on_missing` says of a record, or of an event of an order, that is not wanted unless it is here already.
IGNORE = "Ignore"
# The record is a document; any other purpose is a business event with fields of its own.
DOCUMENT = "Document"
# Purposes whose records are compared with what is booked of them. An entry of a clearing account is never written.
PAYMENT, REFUND, CLEARING = "Payment", "Refund", "Clearing Entry"
MONEY = (PAYMENT, REFUND, CLEARING)
# Purposes whose records may tell that they are gone; orders have cancellations.
TELL_DELETIONS = (DOCUMENT, "Customer")


@dataclass(frozen=True)
class InFlow:
	"""match_sets: ERPNext fields by which a record that is not linked yet is recognised.

	named_by: gives the `name` of the document, where that is a match key. name_here: the name of the document here, in the
	record; seen: the version of the document that the outside saw.
	two_way: changes go both ways, so `policy` decides when both sides changed; winners: side by field, see
	`core.merge`. fetch_path: template of the address of a single record, over the record as it came; fetch_body: JSON
	value whose texts are such templates, None where GET asks for it, POST otherwise. fetch_each: what comes
	holds only part of a record; with `fetch_if`, only where that is true of it. unsent: fields that an update outwards
	never says; never_sent: those that nothing says. keep_rows: rows of tables that a record leaves out stay; row_keys: by
	table, the columns by which its rows are known.
	numbers: how the outside writes numbers as text. etag: of the state of a record, in it, or in a header of the answer
	that held it alone. sets: tables of which a record has all rows, in whatever order. files: makes of a record what
	`core.payload.received_files` reads, None for a flow without files; fetches_files: some stand at an address. make_attributes: attributes that an item brings,
	and their values, are made where they are not here. gone: of a record, whether it tells that it is gone; gone_id: which, where
	`external_id` does not say it; on_gone: what becomes of its document (*Report*, *Disable*, *Delete*).
	after_submit: fields that are written into submitted documents too, although people cannot change them there.
	back: by field, the rows of both ways that may send something else than it holds, read backwards.
	new_if: of which records that are linked with no document the flow takes any notice, None for all. known_as: documents of
	other types by which a new record is known here, so that none is made of it.
	"""

	name: str
	account: str
	document_type: str
	purpose: str
	remote_entity: str
	enabled: bool
	topics: tuple[str, ...]
	record: Expression | None
	external_id: Expression | None
	version: Expression | None
	mapping: CompiledMapping
	match_sets: tuple[MatchSet, ...]
	fields: tuple[str, ...]
	on_missing: str
	submit: bool
	expose_api: bool
	allow_delete: bool
	name_here: Expression | None = None
	named_by: CompiledMapping | None = None
	seen: Expression | None = None
	rename_documents: bool = False
	two_way: bool = False
	policy: str = OUTSIDE
	winners: Mapping[str, str] = field(default_factory=dict)
	fetch_path: str = ""
	fetch_body: Any = None
	fetch_each: bool = False
	fetch_if: Expression | None = None
	fetch_result: Expression | None = None
	send_nulls: bool = False
	unsent: frozenset[str] = frozenset()
	never_sent: frozenset[str] = frozenset()
	keep_rows: bool = False
	row_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
	numbers: NumberFormat = PLAIN
	currency: Expression | None = None
	etag: AnswerPlace | None = None
	sets: frozenset[str] = frozenset()
	files: CompiledMapping | None = None
	fetches_files: bool = False
	make_attributes: bool = False
	gone: Expression | None = None
	gone_id: Expression | None = None
	on_gone: str = "Report"
	after_submit: frozenset[str] = frozenset()
	back: Mapping[str, CompiledMapping] = field(default_factory=dict)
	new_if: Expression | None = None
	known_as: tuple[Elsewhere, ...] = ()

	def sends(self, field: str, value: Any) -> bool:
		"""Whether an update that goes out says that a field has this value."""
		return field not in self.unsent and (self.send_nulls or value not in (None, "", []))

	def is_part(self, record: Any) -> bool:
		"""Whether a record, as a list or a webhook brought it, has to be fetched to be whole."""
		return self.fetch_each and (self.fetch_if is None or self.fetch_if.is_true(record))

	def takes_new(self, record: Any) -> bool:
		"""Whether a record that is linked with no document is taken in. Raises `ConnectError` where that cannot be told."""
		return self.new_if is None or self.new_if.is_true(record)

	def takes(self, topic: str) -> bool:
		return _takes(self.topics, topic)


def load(name: str) -> InFlow:
	"""Flow `name`, compiled. Raises a `ConnectError` if it cannot be used."""
	stamp = frappe.db.get_value("Field Mapping", name, ["modified", "integration"])
	if not stamp:
		raise frappe.DoesNotExistError(name)
	return _load(frappe.local.site, name, str(stamp[0]), outer_stamp(stamp[1]))


@lru_cache(maxsize=256)
def _load(site: str, name: str, modified: str, outer: str) -> InFlow:
	return from_document(frappe.get_doc("Field Mapping", name))


def of_account(account: str) -> list[InFlow]:
	"""All enabled flows of an account that write into ERPNext."""
	return [load(row.name) for row in _flows(account, enabled=True)]


def takers(account: str, topic: str) -> list[str]:
	"""Names of the enabled flows of an account that take events of this topic, whether or not they can be used."""
	return [row.name for row in _flows(account, enabled=True) if _takes(_topics(row.topics), topic)]


def both_ways(account: str, topic: str) -> list[str]:
	"""Those of `takers` that send what changes here as well."""
	found = _flows(account, enabled=True)
	return [row.name for row in found if row.direction == "Both" and _takes(_topics(row.topics), topic)]


def topics_beside(account: str, topic: str) -> set[str]:
	"""Topics of which the enabled flows of an account that take this one take events, this one among them; `*` for any."""
	taken = (_topics(row.topics) for row in _flows(account, enabled=True))
	return {topic}.union(*(topics for topics in taken if _takes(topics, topic)))


def switched_off_takers(account: str, topic: str) -> list[str]:
	"""Names of the flows of an account that would take events of this topic if they were enabled."""
	return [row.name for row in _flows(account, enabled=False) if _takes(_topics(row.topics), topic)]


def topics_of(account: str) -> list[str]:
	"""Topics that the flows of an account take, also those that are not enabled yet."""
	found = frappe.get_all(
		"Field Mapping", filters={"integration": account, "direction": ("in", INCOMING)}, pluck="topics"
	)
	return list(dict.fromkeys(topic for text in found for topic in _topics(text)))


def _flows(account: str, *, enabled: bool) -> list:
	return frappe.get_all(
		"Field Mapping",
		filters={"integration": account, "enabled": int(enabled), "direction": ("in", INCOMING)},
		fields=["name", "topics", "direction"],
		order_by="creation",
	)


def from_document(doc) -> InFlow:
	"""The inward side of a Field Mapping. Raises `ConnectError`."""
	purpose = doc.purpose or DOCUMENT
	rows = [row for row in doc.rows if (row.direction or "Both") in INCOMING]
	file_rows = [row for row in rows if purpose == DOCUMENT and is_file_path(parse_path(row.source))]
	match_sets = inflow_rows.match_sets(rows) if purpose == DOCUMENT else ()
	name_rows = [row for row in rows if purpose == DOCUMENT and inflow_rows.is_name_key(row)]
	rows = [row for row in rows if row not in (*file_rows, *name_rows)]
	own = inputs.of_account(doc.integration)
	files = [inflow_rows.inward(row, frozenset(), own) for row in file_rows]
	pure = [
		inflow_rows.inward(row, inflow_rows.PROTECTED if purpose == DOCUMENT else frozenset(), own)
		for row in rows
	]
	return InFlow(
		name=doc.name,
		account=doc.integration,
		document_type=doc.document_type,
		purpose=purpose,
		remote_entity=doc.remote_entity,
		enabled=bool(doc.enabled),
		topics=_topics(doc.topics),
		record=_expression(filled(doc.record_expression or "", own)),
		external_id=_expression(doc.inbound_id_expression),
		version=_expression(doc.inbound_version_expression),
		currency=_expression(filled(doc.inbound_currency_expression or "", own)),
		etag=place_from(doc.inbound_etag_expression),
		sets=frozenset(str(parse_path(row.target)[0]) for row in pure if inflow_rows.is_set(row)),
		mapping=compile_mapping(pure, "in"),
		match_sets=match_sets,
		named_by=compile_mapping([inflow_rows.inward(row, frozenset(), own) for row in name_rows], "in")
		if name_rows
		else None,
		fields=tuple(dict.fromkeys(str(parse_path(row.target)[0]) for row in pure)),
		on_missing=doc.on_missing or "Create",
		submit=bool(doc.submit_document),
		expose_api=bool(doc.expose_api),
		allow_delete=bool(doc.allow_delete),
		name_here=_expression(doc.inbound_name_expression),
		seen=_expression(doc.inbound_seen_expression),
		rename_documents=bool(doc.rename_documents),
		two_way=doc.direction == "Both" and purpose == DOCUMENT,
		policy=doc.conflict_policy or OUTSIDE,
		winners={inflow_rows.field_of(row): SIDE_OF_ROW.get(row.wins, NEWEST) for row in rows if row.wins},
		fetch_path=(doc.fetch_path or "").strip(),
		fetch_body=parse_body(doc.get("fetch_body") or ""),
		fetch_each=bool((doc.fetch_path or "").strip() and doc.fetch_each),
		fetch_if=_expression(doc.get("fetch_if")),
		fetch_result=_expression(doc.fetch_result),
		send_nulls=bool(doc.send_nulls),
		unsent=inflow_rows.unsent(doc, pure),
		never_sent=inflow_rows.never_sent(doc, pure),
		keep_rows=doc.get("table_rows") != "Remove",
		row_keys=inflow_rows.row_keys(rows),
		numbers=NumberFormat(doc.get("number_format") or ""),
		files=compile_mapping(files, "in") if files else None,
		fetches_files=any(parse_path(row.target)[-1] == "url" for row in files),
		make_attributes=bool(doc.get("make_attributes")),
		gone=_expression(doc.get("gone_expression")) if purpose in TELL_DELETIONS else None,
		gone_id=_expression(doc.get("gone_id_expression")),
		on_gone=doc.get("on_remote_delete") or "Report",
		after_submit=frozenset(inflow_rows.field_of(row) for row in rows if row.get("after_submit")),
		back={
			name: compile_mapping(some, "in") for name, some in inflow_rows.losing(doc, rows, pure).items()
		},
		new_if=_expression(doc.get("new_if")) if purpose == DOCUMENT else None,
		known_as=known_elsewhere.of_text(doc.get("known_as"), match_sets) if purpose == DOCUMENT else (),
	)


def inward_row(doc, row, own: Mapping[str, str]) -> Row | None:
	"""One row of Fields of a Field Mapping read backwards; None for one that brings no value: files, and the name as a key.

	own: the account's inputs. Raises `ConnectError`.
	"""
	document = (doc.purpose or DOCUMENT) == DOCUMENT
	if document and (inflow_rows.is_name_key(row) or is_file_path(parse_path(row.source))):
		return None
	return inflow_rows.inward(row, inflow_rows.PROTECTED if document else frozenset(), own)


def _topics(text: str | None) -> tuple[str, ...]:
	return tuple(filter(None, (part.strip() for part in (text or "").replace("\n", ",").split(","))))


def _takes(topics: tuple[str, ...], topic: str) -> bool:
	return "*" in topics or topic in topics


def _expression(text: str | None) -> Expression | None:
	return compile_expression(text.strip()) if text and text.strip() else None
