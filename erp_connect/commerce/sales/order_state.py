"""What is remembered of an outside order beside its Sales Order, in `details` of its Sync Link (JSON).

Promises what documents alone cannot say: the lines and amounts as the source stated them, which rows they
became, which pieces have been given back or called off, and which Payment Entries belong to the order. Knows
nothing of a person: of names, addresses and notes there is only a hash, which tells whether they have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.commerce.sales import claims as kept
from erp_connect.commerce.sales.booked_rows import Booked
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.record import Record
from erp_connect.records.identity import is_older
from erp_connect.store import bindings, sync_link
from erp_connect.store.bindings import Binding

# Decimals of a number of pieces.
DIGITS = 6

ENTITY = "order"
ORDER_FIELDS = {
	"id", "number", "currency", "lines", "total", "date", "prices_include_tax", "shipping", "fees",
	"order_discount", "tax_lines", "total_tax", "rounding",
}  # fmt: skip


@dataclass
class Money:
	"""A Payment Entry of the order. amount: in the order's currency, as text; id: of the outside event."""

	id: str
	entry: str
	amount: str


@dataclass
class OrderState:
	"""lines: rows (Sales Order Item) by the source's line id. order: as the source sent it, None if unknown.

	scope: put before ids of events that come by another account than the order's.
	claims: what was given back or called off, as refunds, in their order. applied: events that changed the order and made
	no document of their own; see `claims` for both. received, paid_back: Payment Entries in, and those out that
	ERPNext does not match with the order. freed: parts of advances that the order no longer needs. version: of the
	order in the calling system, as it was stated last; arrived: place of the last event in the order of arrival
	(`seq` of Sync Log). said: hashes of what the source said besides, by field. unsent: pieces by row that were given
	back before they left, or came back afterwards, and stand in the order still. taken_off: pieces by the source's line
	id that came off the order by a change or a cancellation, which say nothing of money. restocked: pieces by row that refunds
	took back into stock. closed: the order was closed here, since only `unsent` pieces were left of it. came_off: by the id of
	a claim that has come off the rows of the Sales Order, pieces by line that stand in them still; rows_off: the pieces of such
	a claim, by row. booked: what the rows were when the last statement was booked, see `booked_rows`.
	"""

	link: str
	scope: str = ""
	lines: dict[str, list[str]] = field(default_factory=dict)
	order: dict[str, Any] | None = None
	claims: list[dict[str, Any]] = field(default_factory=list)
	applied: list[kept.Applied] = field(default_factory=list)
	received: list[Money] = field(default_factory=list)
	paid_back: list[Money] = field(default_factory=list)
	freed: list[Money] = field(default_factory=list)
	version: str = ""
	arrived: int | None = None
	said: dict[str, str] = field(default_factory=dict)
	unsent: dict[str, float] = field(default_factory=dict)
	taken_off: dict[str, float] = field(default_factory=dict)
	restocked: dict[str, float] = field(default_factory=dict)
	closed: bool = False
	came_off: dict[str, dict[str, float]] = field(default_factory=dict)
	rows_off: dict[str, dict[str, float]] = field(default_factory=dict)
	booked: Booked = field(default_factory=dict)
	external_id: str | None = None

	def is_older(self, version: str, arrived: int | None, time_zone: str = "UTC") -> bool:
		"""Whether a statement is older than the last one: by its version, else by the order of arrival.

		time_zone: of versions that are times without an offset.
		"""
		if version and self.version:
			return is_older(version, self.version, time_zone)
		return arrived is not None and self.arrived is not None and arrived < self.arrived

	def heard(self, version: str, arrived: int | None) -> None:
		"""Remember which statement is the last one."""
		self.version = version or self.version
		self.arrived = self.arrived if arrived is None else max(arrived, self.arrived or 0)

	def restate(self, order: Order, lines: dict[str, list[str]], *, same_goods: bool = False) -> None:
		"""Take what the source states now for what it has stated; nothing has been given back of it yet.

		same_goods: it states what it did, by other ids or names, so that what was given back stays so.
		"""
		before = self.source()
		heirs: dict[str, str] = {}
		for line in before.lines if before else ():
			heir = line.id if order.line(line.id) else self._heir(line.id, lines)
			heirs[line.id] = heir
			if heir != line.id:
				self.take_off(heir, self.taken_off.pop(line.id, 0.0))
			now = order.line(heir)
			self.take_off(heir, float(line.quantity - (now.quantity if now else 0)))
		self.order, self.lines = _plain(order, ORDER_FIELDS), lines
		if same_goods:
			for line in (line for claim in self.claims for line in claim.get("lines") or ()):
				line["line_id"] = heirs.get(line["line_id"], line["line_id"])
		else:
			self.claims, self.unsent, self.rows_off = [], {}, {}

	def _heir(self, line_id: str, lines: dict[str, list[str]]) -> str:
		"""The line that a line's row belongs to now, where the source gave it a new id; else its old id."""
		rows = set(self.rows(line_id))
		return next((now for now, names in lines.items() if rows & set(names)), line_id)

	def take_off(self, line_id: str, quantity: float) -> None:
		"""Remember that pieces of a line came off the order; below zero: that some came back on."""
		self.taken_off[line_id] = max(0.0, self.taken_off.get(line_id, 0.0) + quantity)

	def put_back(self, row: str, pieces: float) -> None:
		"""Pieces of a row are in stock again, as a refund said."""
		self.restocked[row] = flt(self.restocked.get(row, 0.0) + pieces, DIGITS)

	def concerns_stock(self, refund: Refund) -> bool:
		"""Whether pieces of a refund are to go into stock again, or went.

		It may have said so of pieces that never left: none of it came about, and to say otherwise later changes nothing.
		"""
		rows = [row for line in refund.lines for row in self.rows(line.line_id)]
		return any(line.restock for line in refund.lines) or any(self.restocked.get(row) for row in rows)

	def source(self) -> Order | None:
		"""The order as the source stated it."""
		return Order.read(self.order) if self.order else None

	def earlier(self) -> list[Refund]:
		"""What was given back or called off before."""
		return [kept.read(claim) for claim in self.claims]

	def rows(self, line_id: str) -> list[str]:
		"""Rows that a line of the source became; empty for an unknown line."""
		return self.lines.get(line_id, [])

	def claim(
		self,
		kind: str,
		refund: Refund,
		off: Mapping[str, float] | None = None,
		pieces: Mapping[str, float] | None = None,
	) -> None:
		"""Remember that this was given back, by an event of a kind. off: pieces by row that came off the Sales Order; None: it
		stands as it did. pieces: all that were given back, by row."""
		claim = kept.made(self.claims, kind, self.scope + refund.id, _plain(refund))
		self.claims.append(claim)
		if off is None:
			return
		self.rows_off[claim["id"]] = dict(pieces or {})
		stayed: dict[str, float] = {}
		for line in refund.lines:
			stayed[line.line_id] = stayed.get(line.line_id, 0.0) + float(line.quantity)
		self.came_off[claim["id"]] = {
			line: max(0.0, flt(count - off.get(line, 0.0), DIGITS)) for line, count in stayed.items()
		}

	def claims_that_count(self) -> list[Refund]:
		"""Those of `earlier` that still count: of an order whose source is not known, its rows tell what has come off them."""
		claims = self.earlier()
		return claims if self.order else [claim for claim in claims if claim.id not in self.came_off]

	def line_of(self, row: str) -> str:
		"""The source's line that a row belongs to; the row itself, where the source is not known."""
		return next((line_id for line_id, names in self.lines.items() if row in names), row)

	def paid_back_pieces(self, row: str) -> float:
		"""Pieces of a row that were given back and stand in it still, of an order whose source is not known."""
		return flt(sum(stayed.get(row, 0.0) for stayed in self.came_off.values()), DIGITS)

	def claimed(self, kind: str, event: str) -> Refund | None:
		"""What this event gave back or called off."""
		return kept.find(self.claims, kind, self.scope, event)

	def was_applied(self, kind: str, event: str) -> dict[str, str] | None:
		"""What this event said when it changed the order; None for one that did not."""
		return kept.was_applied(self.applied, self.claims, kind, self.scope, event)

	def apply(self, kind: str, event: str, said: Mapping[str, str] | None = None) -> None:
		"""Remember that this event changed the order, and made no document of its own. said: facts to compare it by later."""
		self.applied.append({"kind": kind, "id": self.scope + event, "said": dict(said or {})})

	def replace_entry(self, old: str, new: str) -> None:
		"""A Payment Entry was amended."""
		for money in (*self.received, *self.paid_back, *self.freed):
			if money.entry == old:
				money.entry = new

	def save(self) -> None:
		"""Write the state. Hold the order's lock since before it was loaded."""
		values = {
			key: value for key, value in asdict(self).items() if key not in ("link", "external_id", "scope")
		}
		sync_link.set_details(self.link, json.dumps(values))


def details(
	order: Order, lines: dict[str, list[str]], arrived: int | None, said: dict[str, str], booked: Booked
) -> str:
	"""`details` of the link of a new order. lines: its rows by the source's line id; the rest as in `OrderState`."""
	return json.dumps(
		{
			"lines": lines,
			"order": _plain(order, ORDER_FIELDS),
			"version": order.version,
			"arrived": arrived,
			"said": said,
			"booked": booked,
		}
	)


def hashed(order_id: str, value: Any) -> str:
	"""What is kept of something that was said about an order: a hash that cannot be compared with another order's.

	value: a record, or JSON.
	"""
	plain = _plain(value) if isinstance(value, Record) else value
	return hashlib.sha256(json.dumps([order_id, plain], sort_keys=True).encode()).hexdigest()[:32]


def find(account: str, sales_order: str) -> OrderState | None:
	"""As `load`, by reading alone; None where nothing is remembered."""
	link = sync_link.of_any_account(ENTITY, "Sales Order", sales_order)
	return _read(account, link) if link and link.details else None


def load(account: str, sales_order: str) -> OrderState:
	"""The state of a Sales Order, which all accounts share: that of the account whose order it is, whatever account an
	event comes by. A link without external id is made for an order that has none yet."""
	link = sync_link.of_any_account(ENTITY, "Sales Order", sales_order)
	if link is None:
		bindings.bind([_empty(account, sales_order)])
		link = sync_link.find_document(account, ENTITY, "Sales Order", sales_order)
	return _read(account, link)


def _read(account: str, link: sync_link.Link) -> OrderState:
	known = json.loads(link.details) if link.details else {}
	own = frappe.db.get_value("Sync Link", link.name, "integration") == account
	state = OrderState(
		link=link.name,
		external_id=link.external_id if own else None,
		scope="" if own else f"{account}:",
		**{key: known[key] for key in known if key in _FIELDS},
	)
	for key in ("received", "paid_back", "freed"):
		setattr(state, key, [Money(**row) for row in known.get(key, ())])
	if "restocked" not in known:
		state.restocked = kept.restocked(state.claims, state.rows)
	return state


_FIELDS = {
	"lines",
	"order",
	"claims",
	"applied",
	"version",
	"arrived",
	"said",
	"unsent",
	"taken_off",
	"restocked",
	"closed",
	"came_off",
	"rows_off",
	"booked",
}


def _empty(account: str, sales_order: str) -> Binding:
	return Binding(
		integration=account,
		remote_entity=ENTITY,
		document_type="Sales Order",
		document_name=sales_order,
		flow="",
		fingerprint=None,
		received=True,
	)


def _plain(record: Record, fields: set[str] | None = None) -> dict[str, Any]:
	"""JSON of a record, as `Record.read` takes it: decimals as text, so that nothing is rounded."""
	return record.model_dump(mode="json", include=fields, exclude_defaults=True)
