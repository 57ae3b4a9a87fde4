"""What the suites of shops share: articles to be sold, and pulls of orders that meet trouble."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from erp_connect.records import submitted
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system_case import SystemCase

# Of shops that leave it to others to collect money.
NO_PAYOUTS = dict.fromkeys(
	("Payouts booked", "Payouts compared with their entries", "Fees booked", "Disputes"),
	"its payments are collected by others, who pay out",
)


def article(code: str, **values: Any) -> str:
	"""An item with this code that is in stock."""
	if not frappe.db.exists("Item", code):
		make.item(item_code=code, item_name=code, **values)
		make.receipt(code, 500)
	return code


def price_list(name: str) -> str:
	"""A price list for selling with this name."""
	if not frappe.db.exists("Price List", name):
		values = {"price_list_name": name, "selling": 1, "enabled": 1, "currency": "USD"}
		frappe.get_doc({"doctype": "Price List", **values}).insert()
	return name


def ledger(company: str, name: str, kind: str, parent: str) -> str:
	"""A ledger account of a company, made where it is missing."""
	if known := frappe.db.get_value("Account", {"account_name": name, "company": company}):
		return known
	group = frappe.db.get_value("Account", {"account_name": parent, "company": company, "is_group": 1})
	values = {"account_name": name, "account_type": kind, "parent_account": group, "company": company}
	return frappe.get_doc({"doctype": "Account", **values}).insert().name


def shop_entries(company: str) -> dict[str, str]:
	"""What a person enters for any shop of a company: warehouse, ledger accounts, item group and price list."""
	warehouse = frappe.db.get_value(
		"Warehouse", {"company": company, "is_group": 0, "warehouse_name": "Stores"}
	)
	return {
		"warehouse": warehouse,
		"tax_account": ledger(company, "Shop Sales Tax", "Tax", "Duties and Taxes"),
		"charges_account": ledger(company, "Shop Freight", "Chargeable", "Direct Income"),
		"payment_account": ledger(company, "Shop Bank", "Bank", "Bank Accounts"),
		"item_group": make.leaf("Item Group"),
		"stock_warehouse": warehouse,
		"selling_price_list": "Standard Selling",
	}


# The number and the carrier of a parcel that has left.
LATER = {"lr_no": "TRK-7", "transporter_name": "Parcel Post"}


def in_several_rows(doc: Any, article: str) -> Any:
	"""A document, not saved yet, with each piece of an article in a row of its own, as of several batches."""
	(row,) = [row for row in doc.items if row.item_code == article]
	pieces, row.qty = row.qty, 1 if row.qty > 0 else -1
	for _ in range(abs(int(pieces)) - 1):
		copied = frappe.copy_doc(row)
		doc.append("items", copied.as_dict(no_default_fields=True))
	return doc


class ShopCase(SystemCase):
	articles: tuple[str, ...] = ()

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for code in cls.articles:
			article(code)
		frappe.db.commit()

	@staticmethod
	def is_tracked(note: Any, **values: str) -> None:
		"""A submitted Delivery Note gets its number as a carrier tells it, once the label is made. values: other than `LATER`."""
		values = values or LATER
		note.reload()
		submitted.save(note.update(values), values, set(values))

	def assert_goes_on(self, path: str) -> None:
		"""A pull of orders that is throttled, and one that meets an error, goes on later and loses none."""
		self.connect("Orders")
		orders = [self.fake.add("orders", self.order()) for _ in range(2)]
		for status, headers in ((429, {"Retry-After": "20"}), (500, {})):
			self.fake.trouble("GET", path, status=status, headers=headers)
			self.assertEqual(self.pull("Orders").status, "Retrying", self.history())
			self.later()
			frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
			self.assertEqual(self.pull("Orders").status, "Idle", self.history())
		self.assertEqual(len(self.links(remote_entity="order")), len(orders))

	def assert_numbered_apart(self, work: Callable[[str], Any], orders: dict[str, str]) -> None:
		"""A number that one shop has given its order stands in that of its account alone. work: lets an account have its news. orders: Sales Order by account."""
		for account in orders:
			work(account)
		numbers = {
			account: frappe.db.get_value("Sales Order", name, "po_no") for account, name in orders.items()
		}
		self.assertIn("ONLY-1", numbers["First Shop"])
		self.assertNotIn("ONLY-1", numbers["Second Shop"])
