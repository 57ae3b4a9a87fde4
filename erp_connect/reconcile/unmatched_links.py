"""Links whose record was not met outside: their document is missing there, or they link nothing any more.

Writes nothing. Speaks true only after all records of the source were walked.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.inflow import CLEARING, REFUND
from erp_connect.reconcile import inside, timestamps
from erp_connect.reconcile.sides import Sides
from erp_connect.records import document, out_of_use
from erp_connect.records.out_of_use import CANCELLED
from erp_connect.store.reconciliations import Run
from erp_connect.store.sync_difference import MISSING_THERE, ORPHAN, Finding

COLUMNS = "name, document_type, document_name, external_id, last_sent, last_received, creation"
_UNSEEN = (
	"integration = %(account)s AND remote_entity = %(entity)s AND document_type IN %(doctypes)s"
	" AND merged = 0 AND (seen_at IS NULL OR seen_at < %(started)s)"
)


def next_links(sides: Sides, run: Run, after: str | None, limit: int) -> list[Any]:
	"""The next links whose record was not met since the run began, in the order of their external ids."""
	if sides.inward.purpose == CLEARING:
		return []  # its entries have no links of their own
	return frappe.db.sql(
		f"SELECT {COLUMNS} FROM `tabSync Link` WHERE {_UNSEEN} AND external_id > %(after)s AND creation < %(started)s"
		" ORDER BY external_id LIMIT %(limit)s",
		{**_scope(sides, run), "after": after or "", "limit": limit},
		as_dict=True,
	)


def named(sides: Sides, run: Run, names: list[str]) -> list[Any]:
	"""Those of some links, by name, whose record was not met."""
	if not names:
		return []
	return frappe.db.sql(
		f"SELECT {COLUMNS} FROM `tabSync Link` WHERE {_UNSEEN} AND name IN %(names)s",
		{**_scope(sides, run), "names": tuple(names)},
		as_dict=True,
	)


def number_linked(sides: Sides, run: Run) -> int:
	"""How many records of the flow were linked when the run began."""
	return frappe.db.sql(
		"SELECT COUNT(*) FROM `tabSync Link` WHERE integration = %(account)s AND remote_entity = %(entity)s"
		" AND document_type IN %(doctypes)s AND external_id IS NOT NULL AND merged = 0 AND creation < %(started)s",
		_scope(sides, run),
	)[0][0]


def look(sides: Sides, links: list[Any]) -> list[Finding]:
	"""What is to be said of links whose record is not outside."""
	docs = {}
	for doctype in sorted({link.document_type for link in links}):
		names = [link.document_name for link in links if link.document_type == doctype]
		docs |= {(doctype, str(name)): doc for name, doc in document.load_many(doctype, names).items()}
	found = (_finding(sides, link, docs.get((link.document_type, link.document_name))) for link in links)
	return [finding for finding in found if finding]


def _finding(sides: Sides, link: Any, doc) -> Finding | None:
	values = {
		"subject": f"link:{link.name}",
		"document_type": link.document_type,
		"document_name": link.document_name,
		"external_id": link.external_id,
		"link": link.name,
	}
	exchanged = (link.last_sent, link.last_received)
	if doc is None:
		return Finding(ORPHAN, **values, latest=timestamps.latest(*exchanged))
	if doc.docstatus == CANCELLED or (sides.disables and out_of_use.is_out(doc)):
		return None  # what becomes of a document whose record is gone was done with it
	if sides.is_money and (_before_the_list(sides, doc) or _sent_from_here(sides, link)):
		return None
	message = ""
	if sides.outward:
		wanted, message = inside.wanted_outside(sides, doc, link.external_id)
		if not wanted:
			return None
	return Finding(
		MISSING_THERE, **values, message=message, latest=timestamps.latest(doc.modified, *exchanged)
	)


def _sent_from_here(sides: Sides, link: Any) -> bool:
	"""Whether a refund was asked for here: its provider has answered with its id, and lists may leave it out."""
	return sides.inward.purpose == REFUND and bool(link.last_sent)


def _before_the_list(sides: Sides, doc) -> bool:
	"""Whether a payment is older than what the provider was asked for."""
	oldest = sides.pull.windows.oldest if sides.pull.compares_in_windows and sides.pull.windows else None
	begin = timestamps.outside(oldest, sides.account.time_zone) if oldest else None
	return bool(begin and doc.posting_date <= begin.date())


def _scope(sides: Sides, run: Run) -> dict[str, Any]:
	return {
		"account": sides.account.name,
		"entity": sides.inward.remote_entity,
		"doctypes": sides.doctypes,
		"started": run.started,
	}
