"""What is linked with what, for transforms and answers: the id of a document outside, and the document of an id."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.core.errors import ConnectError, Whole


class LinkUnclear(ConnectError):
	"""A document or an id has several links, and nothing says which is meant."""

	default_code = "link_unclear"


def document_of(integration: str, kind: str, external_id: str) -> str | None:
	"""The document that is linked with an external id; None when none is.

	kind: a document type, with the outside entity behind a colon where several could be meant: `Item: variant`. Raises
	`LinkUnclear` where the id belongs to several documents.
	"""
	rows = _of_kind(integration, kind, {"external_id": external_id}, "document_name")
	return _only(kind, {row.remote_entity: row.document_name for row in rows}, external_id)


def documents_of(integration: str, external_id: str) -> list[tuple[str, str]]:
	"""Type and name of all documents that are linked with an external id, whatever the outside calls it."""
	return frappe.db.sql(
		"SELECT document_type, document_name FROM `tabSync Link` WHERE integration = %s AND external_id = %s ORDER BY name",
		(integration, external_id),
	)


def external_id(integration: str, kind: str, document_name: str) -> str | None:
	"""The external id of a linked document at an account; None when it has none.

	kind: as `document_of` takes it. Raises `LinkUnclear` where the document has several.
	"""
	rows = _of_kind(integration, kind, _of_document(document_name), "external_id")
	return _only(kind, {row.remote_entity: row.external_id for row in rows}, document_name)


def known_outside(integration: str, kind: str, document_name: str) -> dict[str, Any]:
	"""What a linked document is at an account: `external_id`, as the function of this name, and `lines`: the ids that its
	rows have there, by the names of the rows; empty where nothing is known of them."""
	rows = _of_kind(integration, kind, _of_document(document_name), "external_id", "details")
	found = _only(kind, {row.remote_entity: row.external_id for row in rows}, document_name)
	return {"external_id": found, "lines": _lines(rows[0].details) if len(rows) == 1 else {}}


def _of_document(name: str) -> dict[str, Any]:
	return {"document_name": name, "external_id": ("is", "set"), "merged": 0}


def _lines(details: str | None) -> dict[str, str]:
	# An order's details name the rows that each line of its source became.
	lines = json.loads(details).get("lines") or {} if details else {}
	return {row: line for line, rows in lines.items() for row in rows}


def _of_kind(integration: str, kind: str, filters: dict[str, Any], *wanted: str) -> list[dict[str, Any]]:
	"""The columns `remote_entity` and `wanted` of the links of a kind."""
	document_type, _colon, entity = (part.strip() for part in kind.partition(":"))
	return frappe.get_all(
		"Sync Link",
		filters={
			"integration": integration,
			"document_type": document_type,
			**({"remote_entity": entity} if entity else {}),
			**filters,
		},
		fields=["remote_entity", *wanted],
	)


def _only(kind: str, found: dict[str, str], sought: str) -> str | None:
	if len(set(found.values())) > 1:
		raise LinkUnclear(
			"{kind} {sought} is linked as {entities}. Say in the argument of the transform External ID which is meant: "
			"{choices}.",
			kind=kind,
			sought=sought,
			entities=Whole(", ".join(f"{entity} ({value})" for entity, value in sorted(found.items()))),
			choices=Whole(", ".join(f"{kind}: {entity}" for entity in sorted(found))),
		)
	return next(iter(found.values()), None)
