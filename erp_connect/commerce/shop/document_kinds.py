"""The kinds of sales documents that a shop shows, and which of their fields."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
	"""A kind of sales document. fields: answer name → field, beyond those all kinds have."""

	doctype: str
	key: str
	entity: str
	date: str
	order_field: str | None
	fields: dict[str, str] = field(default_factory=dict)


COMMON = {
	"customer_id": "customer",
	"customer_name": "customer_name",
	"status": "status",
	"currency": "currency",
	"exchange_rate": "conversion_rate",
	"net_total": "net_total",
	"tax_total": "total_taxes_and_charges",
	"discount_total": "discount_amount",
	"grand_total": "grand_total",
	"rounded_total": "rounded_total",
	"customer_reference": "po_no",
	"modified": "modified",
}
ORDER = Kind(
	"Sales Order",
	"order_id",
	"order",
	"transaction_date",
	None,
	{
		"delivery_date": "delivery_date",
		"percent_delivered": "per_delivered",
		"percent_billed": "per_billed",
		"paid_in_advance": "advance_paid",
	},
)
INVOICE = Kind(
	"Sales Invoice",
	"invoice_id",
	"invoice",
	"posting_date",
	"sales_order",
	{
		"due_date": "due_date",
		"outstanding": "outstanding_amount",
		"is_return": "is_return",
		"return_against": "return_against",
	},
)
SHIPMENT = Kind(
	"Delivery Note",
	"shipment_id",
	"fulfilment",
	"posting_date",
	"against_sales_order",
	{
		"is_return": "is_return",
		"return_against": "return_against",
		"transporter": "transporter_name",
		"transport_receipt": "lr_no",
	},
)
