"""Quantities that moved elsewhere → the same movement here, at the time when it happened.

What came is a Material Receipt, what went a Material Issue, and a count a Stock Reconciliation, because only that
keeps the counted level when something older is booked or cancelled afterwards, as ERPNext does on the other side.
Promises one document for each movement; what the stock does not allow waits, and never drives it below zero
silently. Never commits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import frappe
from erpnext.stock.doctype.stock_reconciliation.stock_reconciliation import EmptyStockReconciliationItemsError
from erpnext.stock.stock_ledger import NegativeStockError, get_valuation_rate
from erpnext.stock.utils import get_stock_balance
from frappe import _
from frappe.utils import flt, now_datetime

from erp_connect.commerce.sales import order_lookup
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.movements import Movement
from erp_connect.core.errors import Whole
from erp_connect.records import amendments, names, plain_words, site_time, submitting
from erp_connect.records.errors import BadRecord, HeldForReview
from erp_connect.records.write import CANCELLED, CREATED, UNCHANGED, Written, coming_from
from erp_connect.store import bindings, locks, sync_link
from erp_connect.store.sync_link import Link

ENTITY = "stock_movement"
ENTRY, COUNT = "Stock Entry", "Stock Reconciliation"
RECEIPT, ISSUE = "Material Receipt", "Material Issue"
DIGITS = 9


@dataclass(frozen=True)
class _Kept:
	"""What is known of a movement that came before. document: None when none was needed, or none was made in time.

	said: what moved, as it was booked; empty where that was not kept yet.
	"""

	link: Link
	document: str | None
	recorded: str
	undone: bool
	said: Mapping[str, str]

	def settles(self, movement: Movement) -> bool:
		"""Whether nothing is left to do for what comes now."""
		if movement.recorded and movement.recorded < self.recorded:
			return True
		if movement.cancelled:
			return self.undone
		# A document that ERPNext books anew, for landed costs say, undoes its movements and makes them again.
		return not (self.undone and movement.recorded)

	def stands_for(self, movement: Movement) -> bool:
		"""Whether its document is what books the movement, as it is told now."""
		older = movement.recorded and movement.recorded < self.recorded
		return bool(self.document) and not (self.undone or movement.cancelled or older)

	def require_same(self, movement: Movement) -> None:
		"""Raises `HeldForReview` where a movement says otherwise than when it was booked.

		What is booked does not follow what is said later: to call that unchanged would drop what is meant.
		"""
		older = movement.recorded and movement.recorded < self.recorded
		if self.undone or movement.cancelled or older or self.said in ({}, movement.said):
			return
		raise HeldForReview(
			"Movement {id} came with {before} and now comes with {now}. Correct by hand what was booked ({document}), as far as "
			"it is right, then {done}.",
			code="event_changed",
			id=movement.id,
			before=Whole(", ".join(self.said.values())),
			now=Whole(", ".join(movement.said.values())),
			document=self.document or "-",
		)


def record(settings: CommerceSettings, movement: Movement) -> Written:
	"""Book a movement, or undo one that was cancelled.

	Raises `BadRecord` "missing_link", which is tried again, for an unknown item or warehouse and for stock that is
	not there, since its receipt may be on its way; and `HeldForReview` for batches, serial numbers and what else
	ERPNext refuses.
	"""
	locks.until_commit(f"{ENTITY}:{settings.account}:{movement.id}")
	kept = _kept(settings, movement)
	if kept and kept.settles(movement):
		kept.require_same(movement)
		if kept.stands_for(movement):
			link = order_lookup.with_last_amendment(kept.link)
			order_lookup.require_booked(link, movement.id)
		return Written(UNCHANGED, kept.link.document_type, kept.document, movement.id)
	if movement.cancelled:
		return _undo(settings, movement, kept)
	if kept:
		sync_link.remove(kept.link.name)
	stock_uom = _require_simple(settings, movement)
	locks.until_commit(f"stock:{movement.item_code}:{movement.warehouse}".casefold())
	if movement.level is None and not movement.quantity:
		return _nothing(settings, movement, _("Nothing moved."))
	with coming_from(settings.account), order_lookup.held_if_refused(), _waits_if_short():
		if movement.level is not None:
			return _count(settings, movement)
		return _move(settings, movement, stock_uom)


@contextmanager
def _waits_if_short() -> Iterator[None]:
	"""Stock that is missing is waited for: it is no matter of review while its receipt is on the way."""
	try:
		yield
	except NegativeStockError as error:
		raise BadRecord(
			"ERPNext refuses this: {message} The receipt may be on its way. {trying} If none comes, book what is missing, then "
			"{again}.",
			code="missing_link",
			message=Whole(plain_words.said(error)),
		) from error


def _kept(settings: CommerceSettings, movement: Movement) -> _Kept | None:
	"""What is known of a movement. A link whose document was deleted since is dropped."""
	link = sync_link.find_external(settings.account, ENTITY, movement.id)
	if not link:
		return None
	details = json.loads(link.details or "{}")
	document = (
		amendments.last_amendment(link.document_type, link.document_name) if details.get("made") else None
	)
	if document and not frappe.db.exists(link.document_type, document):
		sync_link.remove(link.name)
		return None
	recorded, undone = details.get("recorded") or "", bool(details.get("undone"))
	return _Kept(link, document, recorded, undone, details.get("said") or {})


def _undo(settings: CommerceSettings, movement: Movement, kept: _Kept | None) -> Written:
	"""Cancel the document of a movement; one that never came is remembered, so that it makes nothing when it does."""
	if not kept:
		return _nothing(settings, movement, _("It was cancelled before it came."))
	action = UNCHANGED
	if kept.document:
		doc = frappe.get_doc(kept.link.document_type, kept.document, for_update=True)
		if doc.docstatus == 1:
			with coming_from(settings.account), order_lookup.held_if_refused(), _waits_if_short():
				submitting.cancel(doc)
			action = CANCELLED
	sync_link.set_details(kept.link.name, _details(movement, made=bool(kept.document)))
	return Written(action, kept.link.document_type, kept.document, movement.id)


def _details(movement: Movement, *, made: bool) -> str:
	said = {} if movement.cancelled else {"said": movement.said}
	return json.dumps({"made": made, "undone": movement.cancelled, "recorded": movement.recorded, **said})


def _require_simple(settings: CommerceSettings, movement: Movement) -> str:
	"""The item's stock unit. Raises unless item and warehouse are here, and pieces of the item are alike."""
	columns = ["name", "stock_uom", "is_stock_item", "has_batch_no", "has_serial_no"]
	item = frappe.db.get_value("Item", movement.item_code, columns, as_dict=True)
	if not item or not _is_code_of(settings, item.name, movement.item_code):
		raise _unknown("Item", movement.item_code, "item_code")
	if not names.alike("Warehouse", movement.warehouse):
		raise _unknown("Warehouse", movement.warehouse, "warehouse")
	if not item.is_stock_item:
		raise BadRecord("{item} is not kept in stock here. Tick Maintain Stock in the item, or leave it out of the flow.",
			code="not_stocked", item=movement.item_code)  # fmt: skip
	if item.has_batch_no or item.has_serial_no:
		raise HeldForReview(
			"{item} has batches or serial numbers, and the movement does not say which of them moved. Book movement {id} by "
			"hand, then {done}.",
			code="batch_or_serial",
			item=movement.item_code,
			id=movement.id,
		)
	return item.stock_uom


def _unknown(doctype: str, name: str, field: str) -> BadRecord:
	# It may be on its way.
	return BadRecord(
		"{doctype} {name} is not in ERPNext. {trying} If it never comes, create it, or map it by a Value Map in the flow, then {again}.",
		code="missing_link",
		doctype=doctype,
		name=name,
		field=field,
	)


def _is_code_of(settings: CommerceSettings, item: str, code: str) -> bool:
	"""Whether an item that the database found by a code is the one: it takes `Müller` for `Muller`."""
	return item == code or (settings.codes_ignore_case and item.casefold() == code.casefold())


def _move(settings: CommerceSettings, movement: Movement, stock_uom: str) -> Written:
	comes = movement.quantity > 0
	line = {
		"item_code": movement.item_code,
		"qty": abs(float(movement.quantity)),
		"uom": stock_uom,
		"stock_uom": stock_uom,
		"conversion_factor": 1,
		"t_warehouse" if comes else "s_warehouse": movement.warehouse,
	}
	if comes and movement.rate is not None:
		line |= {"basic_rate": float(movement.rate), "allow_zero_valuation_rate": int(not movement.rate)}
	return _submit(
		settings,
		movement,
		{"doctype": ENTRY, "stock_entry_type": RECEIPT if comes else ISSUE, "items": [line]},
	)


def _count(settings: CommerceSettings, movement: Movement) -> Written:
	posting = _posting(movement)
	here, own_rate = get_stock_balance(
		movement.item_code,
		movement.warehouse,
		posting.get("posting_date"),
		posting.get("posting_time"),
		with_valuation_rate=True,
	)
	level = float(movement.level)
	if flt(here - level, DIGITS) == 0 and not (level and movement.rate is not None):
		return _nothing(settings, movement, _("The level is this already."))
	rate = float(movement.rate) if movement.rate is not None else own_rate or _usual_rate(movement)
	line = {
		"item_code": movement.item_code,
		"warehouse": movement.warehouse,
		"qty": level,
		"valuation_rate": rate if level else 0,
		"allow_zero_valuation_rate": int(not rate and movement.rate is not None),
	}
	try:
		return _submit(settings, movement, {"doctype": COUNT, "purpose": COUNT, "items": [line]})
	except EmptyStockReconciliationItemsError:
		return _nothing(settings, movement, _("Level and rate are this already."))


def _usual_rate(movement: Movement) -> float:
	"""What a piece is worth that is not here now, by its past and by the item's record; zero where nobody said."""
	past = get_valuation_rate(
		movement.item_code,
		movement.warehouse,
		COUNT,
		"",
		company=_company(movement),
		raise_error_if_no_rate=False,
	)
	return flt(past or frappe.get_cached_value("Item", movement.item_code, "valuation_rate"))


def _submit(settings: CommerceSettings, movement: Movement, values: dict) -> Written:
	doc = frappe.get_doc({**values, **_posting(movement), "company": _company(movement)})
	if doc.meta.has_field("remarks"):
		doc.remarks = _("Stock movement {0} of {1}").format(movement.id, settings.account)
	doc.insert()
	submitting.submit(doc)
	_bind(settings, movement, doc.doctype, doc.name, made=True)
	return Written(CREATED, doc.doctype, doc.name, movement.id)


def _nothing(settings: CommerceSettings, movement: Movement, reason: str) -> Written:
	"""Remember a movement that needs no document."""
	doctype = ENTRY if movement.level is None else COUNT
	# Names of documents are equal without regard to case, ids are not.
	number = hashlib.sha1(movement.id.encode(), usedforsecurity=False).hexdigest()[:12]
	_bind(settings, movement, doctype, f"{movement.id[:120]} ({number})", made=False)
	return Written(UNCHANGED, doctype, None, movement.id, reason)


def _bind(settings: CommerceSettings, movement: Movement, doctype: str, name: str, *, made: bool) -> None:
	details = _details(movement, made=made)
	bindings.bind_received(settings.account, ENTITY, doctype, name, movement.id, details)


def _company(movement: Movement) -> str:
	return frappe.get_cached_value("Warehouse", movement.warehouse, "company")


def _posting(movement: Movement) -> dict[str, object]:
	"""Date and time of the document: those of the movement, on this site's clock and never later than now."""
	if not movement.moment:
		return {}
	moment, now = site_time.at_site(movement.moment), now_datetime()
	if not movement.has_time:
		moment = datetime.combine(moment.date(), now.time())
	moment = min(moment, now)
	return {
		"set_posting_time": 1,
		"posting_date": moment.date().isoformat(),
		"posting_time": moment.time().isoformat("microseconds"),
	}
