"""What ERPNext makes of a document when a record from outside is saved: fields that the record did not bring.

A script or a rule that fills a field at each save makes a change here, of which the outside has not heard: it is told like
any other. What a document of its own becomes when it is made is nobody's change.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import comparing, requeue
from erp_connect.store.sync_link import Link

# They change with each save.
_STAMPS = ("modified", "modified_by")


@dataclass(frozen=True)
class Told:
	"""What the outside may know of a document before it is saved. values: of the fields that may come in. own: fingerprint
	of what only goes out.
	"""

	values: dict[str, Any]
	own: str
	stamps: dict[str, Any]


@dataclass(frozen=True)
class Besides:
	"""Fields that may come in and were changed by the save alone; whether something that only goes out changed."""

	fields: frozenset[str] = frozenset()
	own: bool = False

	@property
	def any(self) -> bool:
		return bool(self.fields) or self.own


NOTHING = Besides()


def of(flow: InFlow, doc: Any, link: Link | None) -> Told:
	"""What stands in a document that is about to be filled and saved."""
	stamps = {field: doc.get(field) for field in _STAMPS}
	return Told(comparing.of_flow(flow, doc), _own(flow, doc, link, stamps), stamps)


def read_anew(doc: Any) -> None:
	"""Let a document that was just saved say what stands: scripts may have saved it once more by themselves."""
	stands = frappe.db.get_value(doc.doctype, doc.name, "modified")
	if str(stands) != str(doc.modified):
		doc.reload()


def changed(flow: InFlow, doc: Any, link: Link | None, told: Told, brought: Collection[str]) -> Besides:
	"""What differs from before beside the fields that the record `brought`."""
	now = comparing.of_flow(flow, doc)
	fields = {
		name
		for name, value in now.items()
		if name not in brought and not comparing.same(value, told.values.get(name))
	}
	return Besides(frozenset(fields), _own(flow, doc, link, told.stamps) != told.own)


def _own(flow: InFlow, doc: Any, link: Link | None, stamps: dict[str, Any]) -> str:
	"""Fingerprint of what only goes out. stamps: of the document before it was saved, for those of now say nothing new."""
	now = {field: doc.get(field) for field in _STAMPS}
	doc.update(stamps)
	try:
		return requeue.own_fingerprint(flow.name, doc, link.external_id if link else None)
	finally:
		doc.update(now)
