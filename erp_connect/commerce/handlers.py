"""What each business event does, by the purpose of the flow that brings it.

A handler gets the settings and the record in the canonical field names of `core.commerce`, writes with ordinary
permissions, and returns what it wrote. None of them commits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from erp_connect.commerce import customers, orders
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.inbound.write import CREATED, UPDATED, BadRecord, Written

Handler = Callable[[CommerceSettings, dict[str, Any]], list[Written]]


def customer(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	if not record.get("customer_name"):
		raise BadRecord("The record has no customer_name. Map it in the flow.", field="customer_name")
	name, is_new = customers.upsert(settings, record)
	return [Written(CREATED if is_new else UPDATED, "Customer", name, record.get("external_id"))]


def order(settings: CommerceSettings, record: dict[str, Any]) -> list[Written]:
	return [orders.create(settings, record)]


HANDLERS: dict[str, Handler] = {
	"Customer": customer,
	"Order": order,
}
