"""A shop outside that a person connects in Desk, with a site that holds what connecting it proposes."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.bench.systems.shop_case import article
from erp_connect.tests.bench.systems.woocommerce_case import SCARF, TEAPOT, entries
from erp_connect.tests.fakes.woocommerce import WooCommerce


class ShopDeskCase(DeskCase):
	"""`self.shop` is the shop, `self.known` what is entered for it. Commit after it."""

	def setUp(self) -> None:
		super().setUp()
		self.shop = WooCommerce()
		self.addCleanup(self.shop.stop)
		self.company = make.company()
		self.known = entries(self.company)
		for doctype, field, value in (
			("Stock Settings", "default_warehouse", self.known["warehouse"]),
			("Company", "default_bank_account", self.known["payment_account"]),
		):
			name = self.company if doctype == "Company" else doctype
			before = frappe.db.get_value(doctype, name, field)
			self.addCleanup(frappe.db.set_value, doctype, name, field, before)
			frappe.db.set_value(doctype, name, field, value)
		article(TEAPOT)
		article(SCARF)
