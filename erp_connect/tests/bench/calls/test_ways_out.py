"""Each kind of fixed authentication outwards, as the receiver sees it, and secrets that are taken by name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

SECRET = "secret-of-the-outside-4711"


class TestWaysOut(ConnectTestCase):
	def sent(self, **values: Any):
		"""The request that a new brand causes at an account with these settings."""
		make.account(self.receiver.url(), **values)
		make.brand_flow()
		self.commit()
		make.brand()
		self.commit()
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered"], self.history())
		self.assertNotIn(SECRET, self.history())
		return self.arrived()[0]

	def test_basic(self):
		sent = self.sent(auth_type="Basic", username="shop", password=SECRET)
		expected = base64.b64encode(f"shop:{SECRET}".encode()).decode()
		self.assertEqual(sent.header("Authorization"), f"Basic {expected}")

	def test_frappe_token(self):
		sent = self.sent(auth_type="Frappe Token", api_key="key", api_secret=SECRET)
		self.assertEqual(sent.header("Authorization"), f"token key:{SECRET}")

	def test_api_keys_in_headers_and_query(self):
		sent = self.sent(
			auth_type="API Key",
			parameters=[
				{"place": "Header", "key": "X-Key", "value": "public"},
				{"place": "Header", "key": "X-Secret", "secret": SECRET},
				{"place": "Query", "key": "token", "secret": SECRET},
			],
		)
		self.assertEqual((sent.header("X-Key"), sent.header("X-Secret")), ("public", SECRET))
		self.assertEqual(parse_qs(urlsplit(sent.path).query)["token"], [SECRET])

	def test_signed_request(self):
		sent = self.sent(auth_type="HMAC Signed Request", api_key="key", api_secret=SECRET)
		message = f"{sent.header('X-Timestamp')}.POST./brands.".encode() + sent.body
		expected = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
		self.assertEqual((sent.header("X-Api-Key"), sent.header("X-Signature")), ("key", expected))

	def test_a_secret_from_the_environment(self):
		with patch.dict(os.environ, {"ERP_CONNECT_TEST_TOKEN": SECRET}):
			sent = self.sent(auth_type="Bearer Token", token="env:ERP_CONNECT_TEST_TOKEN")
		self.assertEqual(sent.header("Authorization"), f"Bearer {SECRET}")
