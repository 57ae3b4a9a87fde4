"""Webhooks that are proved by asking the vendor, or with a certificate that has to be fetched."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from erp_connect.inbound import proof
from erp_connect.tests.bench.inbound_case import HOOK, InboundTestCase, wsgi
from erp_connect.tests.fakes.fault_server import Reply

QUESTION = "/v1/notifications/verify-webhook-signature"
EVENT = {"id": "WH-EVENT-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "amount": "10.00"}
WEBHOOK_ID = "WH-1"
CERTIFICATE = "https://api.paypal.com/v1/notifications/certs/CERT-1"


def paypal_headers(**values: str) -> dict[str, str]:
	return {
		"PAYPAL-AUTH-ALGO": "SHA256withRSA",
		"PAYPAL-CERT-URL": CERTIFICATE,
		"PAYPAL-TRANSMISSION-ID": "transmission-1",
		"PAYPAL-TRANSMISSION-SIG": "c2lnbmF0dXJl",
		"PAYPAL-TRANSMISSION-TIME": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
		**values,
	}


class TestAskingTheVendor(InboundTestCase):
	account_values = {"verification": "paypal_callback", "webhook_id": WEBHOOK_ID}

	def answer(self, status: int, verdict: str) -> None:
		self.receiver.script(QUESTION, Reply(status, {"verification_status": verdict}))

	def test_an_event_is_stored_when_the_vendor_says_yes(self):
		self.answer(200, "SUCCESS")
		self.ok(self.hook(EVENT, headers=paypal_headers()), 200)
		self.assertEqual(self.statuses(), ["Received"])
		asked = json.loads(self.arrived(QUESTION)[0].body)
		self.assertEqual((asked["webhook_event"], asked["webhook_id"]), (EVENT, WEBHOOK_ID))
		self.assertEqual(asked["transmission_id"], "transmission-1")

	def test_nothing_is_stored_when_the_vendor_says_no(self):
		self.answer(200, "FAILURE")
		self.refused(self.hook(EVENT, headers=paypal_headers()), 401, "unauthorized")
		self.assertEqual(self.stored(), 0)

	def test_the_sender_tries_again_when_the_vendor_cannot_be_asked(self):
		self.change(base_url="http://127.0.0.1:9")
		self.refused(self.hook(EVENT, headers=paypal_headers()), 503)
		self.assertEqual(self.stored(), 0)


class TestFetchedCertificate(InboundTestCase):
	account_values = {"verification": "paypal", "webhook_id": WEBHOOK_ID, "verification_secret": ""}

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
		cls.pem = certificate(cls.key)

	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete_value(f"erp_connect:certificate:{CERTIFICATE}")

	def send(self, body: bytes, signed: bytes, **headers: str):
		given = paypal_headers(**headers)
		moment = given["PAYPAL-TRANSMISSION-TIME"]
		message = f"transmission-1|{moment}|{WEBHOOK_ID}|{zlib.crc32(signed)}".encode()
		signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
		given["PAYPAL-TRANSMISSION-SIG"] = base64.b64encode(signature).decode()
		with patch.object(proof, "_fetched", return_value=self.pem) as fetched:
			answer = wsgi(
				"POST",
				HOOK + self.account.endpoint_key,
				data=body,
				headers=given,
				content_type="application/json",
			)
		return answer, fetched

	def test_the_vendors_signature_is_accepted(self):
		body = json.dumps(EVENT).encode()
		answer, fetched = self.send(body, body)
		self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True))
		fetched.assert_called_once_with(CERTIFICATE)
		self.assertEqual(self.statuses(), ["Received"])

	def test_another_body_is_refused(self):
		answer, _ = self.send(json.dumps({**EVENT, "amount": "99.00"}).encode(), json.dumps(EVENT).encode())
		self.assertEqual((answer.status_code, self.stored()), (401, 0))

	def test_a_certificate_elsewhere_is_never_fetched(self):
		body = json.dumps(EVENT).encode()
		answer, fetched = self.send(
			body, body, **{"PAYPAL-CERT-URL": "https://paypal.com.example/v1/notifications/certs/1"}
		)
		self.assertEqual((answer.status_code, self.stored()), (401, 0))
		fetched.assert_not_called()


def certificate(key: rsa.RSAPrivateKey) -> str:
	name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
	now = datetime.now(timezone.utc)
	made = (
		x509.CertificateBuilder()
		.subject_name(name)
		.issuer_name(name)
		.public_key(key.public_key())
		.serial_number(1)
		.not_valid_before(now - timedelta(days=1))
		.not_valid_after(now + timedelta(days=30))
		.sign(key, hashes.SHA256())
	)
	return made.public_bytes(serialization.Encoding.PEM).decode()
