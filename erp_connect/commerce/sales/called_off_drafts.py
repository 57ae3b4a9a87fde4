"""Orders that were called off by their source as drafts, which are deleted: ERPNext cannot cancel what was never submitted.

The link of such an order stays, so that it is known when it is called off once more; it gives way once the order is taken
up again. One whose document a person deleted keeps its link, and is asked about.
"""

from __future__ import annotations

import json

import frappe

from erp_connect.commerce.sales import order_state
from erp_connect.store import sync_link

DOCTYPE = "Sales Order"
# Details of the link.
DELETED = {"let_go": 1}


def delete(account: str, sales_order: str) -> None:
	link = sync_link.find_document(account, order_state.ENTITY, DOCTYPE, sales_order)
	frappe.delete_doc(DOCTYPE, sales_order)
	if link:
		sync_link.set_details(link.name, json.dumps(DELETED))


def make_room(account: str, external_id: str) -> None:
	"""For the new document of an order that is taken up again."""
	link = sync_link.find_external(account, order_state.ENTITY, external_id)
	if link and link.details and json.loads(link.details) == DELETED:
		sync_link.remove(link.name)
