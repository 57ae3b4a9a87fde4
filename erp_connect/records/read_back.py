"""What was sent of a document, as its flow would read it if it came in again.

A transform may lose something on the way out, as where a text is cut or a number rounded. What comes back equal to what was
sent is no change outside. Never writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload.serialise import normalise
from erp_connect.core.values.field_types import Reading
from erp_connect.records.values import checked

Row = dict[str, Any]


def sent(flow: InFlow, values: Mapping[str, Any], payload: Any, *, creating: bool) -> dict[str, Any]:
	"""Fields of a document that rows of both ways read from what was sent, with what they read there.

	values: of the document, as plain values. payload: what the rows made of it, None where something else made the body.
	creating: whether it holds the rows that count only on create. What cannot be read back is left out.
	"""
	if not flow.back or not isinstance(payload, dict):
		return {}
	zone, plain, found = frappe.utils.get_system_timezone(), normalise(payload), {}
	for field, mapping in flow.back.items():
		try:
			read = mapping.apply(
				plain, creating=creating, time_zone=zone, numbers=flow.numbers, keep_null=True
			)
			read = checked(flow.document_type, read, mapping.targets(), Reading(zone, flow.numbers))
		except ConnectError:
			continue  # if it comes back like this, its event tells
		for value in normalise(read).values():
			now = values.get(field)
			if not isinstance(value, list):
				found[field] = value
			elif (rows := _rows(flow, field, now, value)) is not None:
				found[field] = rows
	return found


def _rows(flow: InFlow, table: str, now: Any, read: list[Row]) -> list[Row] | None:
	"""The rows of a table as they were sent; None where rows that come back could not be told to be these."""
	key = flow.row_keys.get(table, ())
	if not isinstance(now, list) or len(now) != len(read) or (flow.keep_rows and not key):
		return None
	if any(
		column in after and after[column] != row.get(column)
		for row, after in zip(now, read, strict=True)
		for column in key
	):
		return None
	return [{**row, **after} for row, after in zip(now, read, strict=True)]
