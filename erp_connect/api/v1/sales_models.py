"""What the calls about orders, invoices and shipments take and give."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from erp_connect.api.v1.models import Model

PAGE = 50
PAGE_LIMIT = 200
NEXT = "Pass as `after` for the next page; null on the last one"


class SalesIn(Model):
	customer_id: str | None = Field(
		None, max_length=140, description="Account number of the customer in ERPNext"
	)
	external_id: str | None = Field(
		None, max_length=140, description="The customer's id in the calling system"
	)
	from_date: date | None = Field(None, description="Dated this day or later")
	to_date: date | None = Field(None, description="Dated this day or earlier")
	status: list[str] = Field(
		default_factory=list, max_length=20, description="Any of these, in ERPNext's words"
	)
	modified_after: datetime | None = Field(None, description="Only what changed later")
	limit: int = Field(PAGE, ge=1, le=PAGE_LIMIT)
	after: str | None = Field(None, max_length=200, description="`next` of the page before")


class OrdersIn(SalesIn):
	pass


class InvoicesIn(SalesIn):
	order_id: str | None = Field(None, max_length=140, description="Only those of this order")


class ShipmentsIn(InvoicesIn):
	pass


class OrderIn(Model):
	order_id: str | None = Field(None, max_length=140, description="Id that create_order returned")
	external_id: str | None = Field(None, max_length=140, description="The order's id in the calling system")


class InvoiceIn(Model):
	invoice_id: str | None = Field(None, max_length=140)
	external_id: str | None = Field(
		None, max_length=140, description="The invoice's id in the calling system"
	)
	include_pdf: bool = Field(False, description="Also give the PDF, in base64")


class Header(Model):
	external_id: str | None = Field(description="Its id in the calling system, if that has one")
	date: str
	customer_id: str
	customer_name: str | None
	customer_reference: str | None = Field(description="The customer's own order number")
	status: str | None
	currency: str
	exchange_rate: float = Field(description="To the company's currency")
	net_total: float
	tax_total: float = Field(description="Taxes and charges, shipping included")
	discount_total: float
	grand_total: float
	rounded_total: float = Field(description="What is to be paid, where totals are rounded")
	modified: str


class OrderHeader(Header):
	order_id: str
	delivery_date: str | None
	percent_delivered: float
	percent_billed: float
	paid_in_advance: float = Field(description="Payments received before the invoice")


class InvoiceHeader(Header):
	invoice_id: str
	due_date: str | None
	outstanding: float
	is_return: bool = Field(description="True: a credit note; its amounts are negative")
	return_against: str | None = Field(description="The invoice that a credit note belongs to")
	pdf_url: str = Field(description="The PDF, for a signed-in user of the site or a Frappe token")


class Parcel(Model):
	shipment: str = Field(description="The Shipment in ERPNext")
	status: str | None
	carrier: str | None
	service: str | None
	tracking_number: str | None
	tracking_url: str | None
	tracking_status: str | None
	tracking_details: str | None


class ShipmentHeader(Header):
	shipment_id: str
	is_return: bool
	return_against: str | None
	transporter: str | None
	transport_receipt: str | None
	tracking: list[Parcel]


class Line(Model):
	item_code: str | None
	item_name: str | None
	quantity: float
	uom: str | None
	price_list_rate: float
	discount_percentage: float
	rate: float = Field(description="Price of one piece, tax included where the tax is included in prices")
	amount: float
	net_amount: float = Field(description="Without taxes, after discounts on the whole")
	delivered_quantity: float | None
	order_id: str | None


class Tax(Model):
	title: str
	kind: str = Field(description="tax, or charge for shipping and other fixed amounts")
	rate: float = Field(description="Percent; 0 for fixed amounts")
	amount: float
	included_in_price: bool


class AddressOut(Model):
	address_title: str | None
	address_line1: str | None
	address_line2: str | None
	city: str | None
	state: str | None
	pincode: str | None
	country: str | None
	phone: str | None
	email_id: str | None


class Details(Model):
	items: list[Line]
	taxes: list[Tax]
	billing_address: AddressOut | None
	shipping_address: AddressOut | None


class OrderOut(OrderHeader, Details):
	pass


class InvoiceOut(InvoiceHeader, Details):
	pdf: str | None = Field(None, description="Base64, if asked for")


class OrdersOut(Model):
	orders: list[OrderHeader]
	next: str | None = Field(description=NEXT)


class InvoicesOut(Model):
	invoices: list[InvoiceHeader]
	next: str | None = Field(description=NEXT)


class ShipmentsOut(Model):
	shipments: list[ShipmentHeader]
	next: str | None = Field(description=NEXT)
