"""Who deletes the transactions of a company, to begin with empty books, keeps what connects it."""

from __future__ import annotations

import frappe
from erpnext.setup.doctype.transaction_deletion_record import transaction_deletion_record

from erp_connect.tests.base import ConnectTestCase


class TestTransactionDeletionRecord(ConnectTestCase):
	def test_nothing_of_the_app_is_a_transaction(self):
		own = frappe.get_all("DocType", {"module": "ERP Connect", "istable": 0, "issingle": 0}, pluck="name")
		of_companies = frappe.get_all(
			"DocField", {"fieldtype": "Link", "options": "Company", "parent": ("in", own)}, pluck="parent"
		)
		kept = transaction_deletion_record.get_doctypes_to_be_ignored()
		self.assertIn("Integration Settings", of_companies)
		self.assertEqual(set(of_companies) - set(kept), set())
