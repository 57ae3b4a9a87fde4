"""What each business event does, by the purpose of the flow that brings it.

A handler gets the settings and the record in the canonical field names of `core.commerce`, writes with ordinary
permissions, and returns what it wrote. None of them commits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from frappe import _

from erp_connect.commerce.money import payments
from erp_connect.commerce.parties import customers
from erp_connect.commerce.returns import cancellations, refunds
from erp_connect.commerce.revisions import revise
from erp_connect.commerce.sales import article_ids, order_lookup
from erp_connect.commerce.sales.order_search import Reference
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.stock import fulfilments, movements
from erp_connect.core.commerce.clearing import ClearingEntry
from erp_connect.core.commerce.movements import Movement
from erp_connect.core.commerce.order.events import Cancellation, Fulfilment, Payment, Refund
from erp_connect.core.commerce.order.model import Order
from erp_connect.records.errors import BadRecord
from erp_connect.records.values import number_as_text
from erp_connect.records.write import CREATED, IGNORED, UNCHANGED, UPDATED, Written

ORDER = "Order"
Handler = Callable[[CommerceSettings, dict[str, Any]], list[Written]]


def customer(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	record = {**record, "customer_name": _text(record.get("customer_name"))}
	if not record["customer_name"]:
		raise BadRecord("The record has no customer_name. Map it in the flow.", field="customer_name")
	done = customers.upsert(settings, record)
	kept = _("Kept as they are here: {0}").format(", ".join(done.kept)) if done.kept else ""
	return [
		Written(CREATED if done.is_new else UPDATED, "Customer", done.name, record.get("external_id"), kept)
	]


def order(settings: CommerceSettings, record: dict[str, Any], arrived: int | None = None) -> list[Written]:
	"""arrived: place of the event in the order of arrival (`seq` of Sync Log), None where it has none."""
	return [revise.record(settings, article_ids.in_place_of_codes(settings, Order.read(record)), arrived)]


def cancellation(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	outside, data = _of_order(record)
	event = Cancellation.read({**data, "id": data.get("id") or _whole_id(str(outside), data)})
	if done := cancellations.known(settings, event):
		return [Written(UNCHANGED, "Sales Order", done, event.id)]
	return cancellations.record(settings, order_lookup.order_of(settings, outside), event)


def payment(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	outside, data = _of_order(record)
	event = Payment.read(data)
	if reason := payments.why_not(settings, event):
		return [Written(IGNORED, payments.DOCTYPE, None, event.id, reason)]
	return payments.record(settings, order_lookup.order_of(settings, outside), event)


def refund(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	outside, data = _of_order(record)
	event = Refund.read(data)
	if unpaid := refunds.not_paid(settings, event):
		return [unpaid]
	return refunds.record(settings, order_lookup.order_of(settings, outside), event, outside.payment_id)


def fulfilment(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	outside, data = _of_order(record)
	return fulfilments.record(settings, order_lookup.order_of(settings, outside), Fulfilment.read(data))


def stock_movement(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	return [movements.record(settings, Movement.read(record))]


def _of_order(record: dict[str, Any]) -> tuple[Reference, dict[str, Any]]:
	"""What the record says of its order, and the rest of it."""
	named = {field.name for field in fields(Reference)}
	reference = Reference.read({key: record.get(key) for key in named})
	return reference, {key: value for key, value in record.items() if key not in named}


def _text(value: Any) -> str:
	"""A value as text; empty for what is none."""
	if isinstance(value, int | float) and not isinstance(value, bool):
		return number_as_text(value)
	return value.strip() if isinstance(value, str) else ""


def _whole_id(outside: str, data: dict[str, Any]) -> str:
	"""An order is cancelled as a whole only once, so its own id will do."""
	if data.get("lines"):
		raise BadRecord(
			"A cancellation of single lines needs an id of its own. Map it in the flow.", field="id"
		)
	return outside


def clearing_entry(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	entry = ClearingEntry.read(record)
	reason = _("Entries of a clearing account are compared with what is booked, and write nothing.")
	return [Written(IGNORED, payments.DOCTYPE, None, entry.id, reason)]


HANDLERS: dict[str, Handler] = {
	"Customer": customer,
	ORDER: order,
	"Cancellation": cancellation,
	"Payment": payment,
	"Refund": refund,
	"Fulfilment": fulfilment,
	"Stock Movement": stock_movement,
	"Clearing Entry": clearing_entry,
}
