"""Schemes of verification that accounts hold."""

from __future__ import annotations

import json

import frappe

from erp_connect.config import verification
from erp_connect.patches import name_checksums_by_algorithm
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

OLD = {"kind": "paytm", "message": "{raw.body}", "signature": {"body": "head.signature"}, "title": "Zürich"}


class TestOldSchemes(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def stored(self, scheme: str) -> frappe._dict:
		frappe.db.set_value(
			"Integration Settings", make.ACCOUNT, {"verification": "custom", "verification_scheme": scheme}
		)
		name_checksums_by_algorithm.execute()
		return frappe.get_doc("Integration Settings", make.ACCOUNT)

	def test_a_checksum_is_called_by_what_it_does(self):
		account = self.stored(json.dumps(OLD))
		scheme = verification.scheme_of(account)
		self.assertEqual(("salted_aes_checksum", "@@@@&&&&####$$$$"), (scheme.kind, scheme.iv))
		self.assertEqual(("{raw.body}", "Zürich"), (scheme.message, scheme.title))
		again = self.stored(account.verification_scheme)
		self.assertEqual(account.verification_scheme, again.verification_scheme)

	def test_what_is_none_of_them_stays(self):
		for text in ('{"kind": "hmac", "title": "paytm"}', "[paytm", '["paytm"]'):
			self.assertEqual(text, self.stored(text).verification_scheme)
