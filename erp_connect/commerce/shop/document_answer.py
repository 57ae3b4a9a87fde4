"""How an order, an invoice or a shipment reads in an answer to a shop."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import frappe
from frappe.utils import flt

from erp_connect.commerce.shop.document_kinds import COMMON, INVOICE, Kind
from erp_connect.commerce.shop.line_answer import line_answer
from erp_connect.store import sync_link

FLAGS = ("is_return",)
ADDRESS_FIELDS = (
	"address_title", "address_line1", "address_line2", "city", "state", "pincode", "country", "phone", "email_id",
)  # fmt: skip


def header(kind: Kind, row, link: sync_link.Link | None) -> dict[str, Any]:
	"""A document without its lines. row: the document, or a row with the fields of its kind."""
	answer: dict[str, Any] = {kind.key: row.name, "external_id": link.external_id if link else None}
	answer["date"] = row.get(kind.date)
	answer |= {name: row.get(column) for name, column in {**COMMON, **kind.fields}.items()}
	for name in FLAGS:
		if name in answer:
			answer[name] = bool(answer[name])
	# ERPNext leaves it at zero where rounding is switched off.
	answer["rounded_total"] = flt(row.get("rounded_total")) or flt(row.get("grand_total"))
	if kind is INVOICE:
		answer["pdf_url"] = _pdf_url(row.name)
	return answer


def _pdf_url(name: str) -> str:
	query = urlencode({"doctype": "Sales Invoice", "name": name})
	return frappe.utils.get_url(f"/api/method/frappe.utils.print_format.download_pdf?{query}")


def line(row) -> dict[str, Any]:
	"""A line of a document."""
	return {
		**line_answer(row),
		"delivered_quantity": flt(row.delivered_qty) if row.meta.has_field("delivered_qty") else None,
		"order_id": row.get("sales_order") or row.get("against_sales_order") or None,
	}


def tax(row) -> dict[str, Any]:
	"""A row of taxes and charges."""
	return {
		"title": frappe.utils.strip_html(row.description or ""),
		"kind": "charge" if row.charge_type == "Actual" else "tax",
		"rate": flt(row.rate),
		"amount": flt(row.tax_amount_after_discount_amount),
		"included_in_price": bool(row.included_in_print_rate),
	}


def address(name: str | None) -> dict[str, Any] | None:
	"""An address as it stands on the document, which shows it to whoever may read the document."""
	return (frappe.db.get_value("Address", name, ADDRESS_FIELDS, as_dict=True) or None) if name else None
