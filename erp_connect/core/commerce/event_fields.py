"""The fields of each business event, by name: what a flow may map, told from the records that read it.

Promises: the names that the records of `core.commerce` take, in their order, and none that they refuse. Only of a
customer, whose record is no model, the names stand here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, get_args

from erp_connect.core.commerce.clearing import ClearingEntry
from erp_connect.core.commerce.movements import Movement
from erp_connect.core.commerce.order.events import Cancellation, Fulfilment, Payment, Refund
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.record import Record
from erp_connect.core.values.paths import EACH, Path, format_path

TEXT, NUMBER, CHECK, DATE = "Data", "Float", "Check", "Date"
# Values of the field `purpose` of a flow, each with the record that reads it.
RECORDS: dict[str, type[Record]] = {
	"Order": Order,
	"Cancellation": Cancellation,
	"Payment": Payment,
	"Refund": Refund,
	"Fulfilment": Fulfilment,
	"Stock Movement": Movement,
	"Clearing Entry": ClearingEntry,
}
# What these say of their order; one of them is needed.
OF_ORDER = {
	"order_id": "Id of the order outside, or its name here",
	"order_number": "What people call the order",
	"invoice_id": "A Sales Invoice of the order",
	"payment_id": "A payment that was booked before",
}
FOLLOW_ORDER = ("Cancellation", "Payment", "Refund", "Fulfilment")
CUSTOMER = {
	"external_id": "The customer's id outside",
	"customer_name": "What the customer is called here",
	"customer_type": "Company or Individual",
	"customer_group": "Empty: that of the account",
	"territory": "Empty: that of the account",
	"tax_id": "",
	"currency": "Default currency of the customer",
	"first_name": "Of the contact",
	"last_name": "Of the contact",
	"email": "Of the contact",
	"phone": "Of the contact",
}
ADDRESS = (
	"title", "address_type", "address_line1", "address_line2", "city", "state", "pincode", "country", "phone",
	"email_id",
)  # fmt: skip
# What ERPNext calls some of these.
_ELSEWHERE = {
	"items": "lines", "item_code": "sku", "item_name": "name", "qty": "quantity", "price": "unit_price",
	"grand_total": "total", "rounded_total": "total", "po_no": "number", "transaction_date": "date",
	"address_line1": "line1", "address_line2": "line2", "pincode": "postcode", "paid_amount": "amount",
	"reference_no": "reference", "mode_of_payment": "gateway", "contact_email": "email", "actual_qty": "quantity",
}  # fmt: skip
_NEAR = 3
_SIMILAR = 0.5


@dataclass(frozen=True)
class EventField:
	"""path: as in `core.values.paths`. kind: one of `TEXT`, `NUMBER`, `CHECK`, `DATE`. about: a sentence, or empty.

	needed: an event without it is refused; within a list or an object, one of those without it.
	"""

	path: Path
	kind: str
	about: str = ""
	needed: bool = False

	@property
	def name(self) -> str:
		"""As it is written in a flow: `lines[].sku`."""
		return format_path(self.path)

	@property
	def label(self) -> str:
		"""For people: `Lines: Sku`."""
		return ": ".join(_words(part) for part in self.path if isinstance(part, str) and part != EACH)


def fields_of(purpose: str) -> list[EventField]:
	"""The fields of an event; empty for what is no business event."""
	if purpose == "Customer":
		return list(_customer())
	if purpose not in RECORDS:
		return []
	own = list(_of_model(RECORDS[purpose], ()))
	if purpose not in FOLLOW_ORDER:
		return own
	return [EventField((name,), TEXT, about) for name, about in OF_ORDER.items()] + own


def needed(purpose: str) -> list[str]:
	"""Names of the fields at the top of an event that it cannot do without."""
	found = [field.name for field in fields_of(purpose) if field.needed and len(field.path) == 1]
	# An order is cancelled as a whole by its own id.
	return [name for name in found if not (purpose == "Cancellation" and name == "id")]


def is_known(purpose: str, path: Path) -> bool:
	"""Whether an event has this field, or an object or a list of this name. A numbered element is one of its list."""
	wanted = tuple(EACH if isinstance(part, int) else part for part in path)
	for field in fields_of(purpose):
		if field.path[: len(wanted)] == wanted or _is_within_open(field, wanted):
			return True
	return False


def near(purpose: str, name: str) -> list[str]:
	"""Names of fields that may have been meant, the nearest first."""
	names = [field.name for field in fields_of(purpose)]
	theirs = CUSTOMER | dict.fromkeys(ADDRESS) if purpose == "Customer" else {}
	for word, here in _ELSEWHERE.items():
		name = re.sub(rf"\b{word}\b", here, name) if word not in theirs else name
	ends = [known for known in names if _end(known) == _end(name)]
	ends += [known for known in names if _end(known).endswith(f"_{_end(name)}")]
	close = get_close_matches(name, names, n=_NEAR, cutoff=_SIMILAR)
	return list(dict.fromkeys([*close[:1], *ends, *close]))[:_NEAR]


def _end(name: str) -> str:
	return name.replace("[]", "").rsplit(".", 1)[-1].lower()


def _is_within_open(field: EventField, wanted: Path) -> bool:
	"""Discounts are amounts, or objects with an amount."""
	return field.path[-1] == "discounts" and wanted in (
		(*field.path, EACH),
		(*field.path, EACH, "amount"),
	)


def _customer() -> Iterator[EventField]:
	for name, about in CUSTOMER.items():
		yield EventField((name,), TEXT, about, needed=name == "customer_name")
	for name in ADDRESS:
		yield EventField(("addresses", EACH, name), TEXT)


def _of_model(model: type[Record], place: Path) -> Iterator[EventField]:
	for name, field in model.model_fields.items():
		inner, many = _record_in(field.annotation)
		path = (*place, name)
		if inner:
			yield from _of_model(inner, (*path, EACH) if many else path)
			continue
		needs = field.is_required() and name not in model.WHEN_ABSENT
		yield EventField(path, _kind(name, field.annotation), field.description or "", needs)
	for name in model.SHORT_FORMS:
		yield EventField((*place, name), NUMBER)


def _record_in(annotation: Any) -> tuple[type[Record] | None, bool]:
	"""The record that a field holds, and whether it holds many of them."""
	if isinstance(annotation, type) and issubclass(annotation, Record):
		return annotation, False
	for argument in get_args(annotation):
		found, many = _record_in(argument)
		if found:
			return found, many or getattr(annotation, "__origin__", None) is list
	return None, False


def _kind(name: str, annotation: Any) -> str:
	kinds = {annotation, *get_args(annotation)}
	if bool in kinds:
		return CHECK
	if Decimal in kinds:
		return NUMBER
	return DATE if name == "date" or name.endswith("_date") else TEXT


def _words(name: str) -> str:
	return name.replace("_", " ").strip().capitalize()
