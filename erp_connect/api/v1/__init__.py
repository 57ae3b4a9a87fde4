"""Version 1 of the API for shops, apps and integration platforms: `/api/method/erp_connect.api.v1.<call>`.

Described by an OpenAPI 3.1 document at `erp_connect.api.v1.openapi`. Every call acts as the authenticated user.
"""

from erp_connect.api.v1.customers import create_customer, update_customer
from erp_connect.api.v1.hooks import me, sample, subscribe, subscriptions, unsubscribe
from erp_connect.api.v1.offers import offers, take_offer
from erp_connect.api.v1.openapi import openapi
from erp_connect.api.v1.order_events import cancel_order, create_return, record_fulfilment, record_payment
from erp_connect.api.v1.orders import create_order, update_order
from erp_connect.api.v1.parcels import create_shipment
from erp_connect.api.v1.records import bulk_upsert, cancel, delete, describe, get, job, upsert
from erp_connect.api.v1.records import list_ as list
from erp_connect.api.v1.reports import export, export_file, export_state, report
from erp_connect.api.v1.sales import invoice, invoices, order, orders, shipments
from erp_connect.api.v1.storefront import checkout_taxes, customer_balance, items, prices, stock

__all__ = [
	"bulk_upsert",
	"cancel",
	"cancel_order",
	"checkout_taxes",
	"create_customer",
	"create_order",
	"create_return",
	"create_shipment",
	"customer_balance",
	"delete",
	"describe",
	"export",
	"export_file",
	"export_state",
	"get",
	"invoice",
	"invoices",
	"items",
	"job",
	"list",
	"me",
	"offers",
	"openapi",
	"order",
	"orders",
	"prices",
	"record_fulfilment",
	"record_payment",
	"report",
	"sample",
	"shipments",
	"stock",
	"subscribe",
	"subscriptions",
	"take_offer",
	"unsubscribe",
	"update_customer",
	"update_order",
	"upsert",
]
