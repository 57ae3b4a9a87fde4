"""Verification judged by the vendors' own libraries: they sign and we verify, and what they refuse we refuse."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time

import paytmchecksum
import pytest
import razorpay
import stripe
import svix.webhooks
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hubspot.utils.signature import Signature as HubSpotSignature
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier
from standardwebhooks import Webhook

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify.verification import (
	VerificationError,
	certificate_url,
	check_secret,
	inbound_request,
	verify,
)
from erp_connect.tests.unit.core.verify.schemes import scheme_of

NOW = 1_700_000_000
URL = "https://shop.example.com/api/method/hook?x=1&y=2"
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
# The libraries sign text: anything that has a UTF-8 form.
BODIES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
KEYS = st.text("abcdefXYZ0189_-", min_size=8, max_size=40)


def accepted(scheme, headers, body, secret, now=NOW, url=URL):
	return verify(scheme, inbound_request("POST", url, headers, body), [Secret(secret)], now)


def refused(scheme, headers, body, secret, now=NOW, url=URL) -> str:
	with pytest.raises(VerificationError) as caught:
		accepted(scheme, headers, body, secret, now, url)
	return caught.value.reason


@given(BODIES, KEYS)
def test_stripe(text, secret):
	scheme = scheme_of("stripe")
	header = stripe.WebhookSignature.generate_signature_header(text, secret, NOW)
	assert accepted(scheme, [("Stripe-Signature", header)], text.encode(), secret).timestamp == NOW
	assert refused(scheme, [("Stripe-Signature", header)], text.encode() + b" ", secret) == "mismatch"


def test_stripe_and_we_agree_on_age_but_not_on_the_future():
	scheme, body = scheme_of("stripe"), '{"object":"event","id":"e","type":"t"}'
	now = int(time.time())
	for drift, ours in ((-290, True), (-310, False), (600, False)):
		header = stripe.WebhookSignature.generate_signature_header(body, "whsec_1", now + drift)
		try:
			theirs = stripe.WebhookSignature.verify_header(body, header, "whsec_1", tolerance=300)
		except stripe.SignatureVerificationError:
			theirs = False
		assert theirs == (drift != -310)
		if ours:
			assert accepted(scheme, [("Stripe-Signature", header)], body.encode(), "whsec_1", now)
		else:
			reason = refused(scheme, [("Stripe-Signature", header)], body.encode(), "whsec_1", now)
			assert reason == ("stale" if drift < 0 else "future")


class Pinned(Clock):
	def now(self) -> float:
		return NOW


@given(BODIES, KEYS, st.integers(-400, 400))
def test_slack(text, secret, drift):
	scheme, judge = scheme_of("slack"), SignatureVerifier(secret, Pinned())
	stamp = str(NOW + drift)
	headers = {
		"X-Slack-Request-Timestamp": stamp,
		"X-Slack-Signature": judge.generate_signature(timestamp=stamp, body=text),
	}
	if judge.is_valid_request(text, headers):
		assert accepted(scheme, headers, text.encode(), secret)
	else:
		assert refused(scheme, headers, text.encode(), secret) == ("stale" if drift < 0 else "future")


@given(BODIES, KEYS)
def test_razorpay(text, secret):
	import hashlib
	import hmac

	scheme = scheme_of("razorpay")
	utility = razorpay.Client(auth=("key", "secret")).utility
	signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
	assert utility.verify_webhook_signature(text, signature, secret)
	assert accepted(scheme, [("X-Razorpay-Signature", signature)], text.encode(), secret)
	wrong = signature[:-1] + ("0" if signature[-1] != "0" else "1")
	with pytest.raises(razorpay.errors.SignatureVerificationError):
		utility.verify_webhook_signature(text, wrong, secret)
	assert refused(scheme, [("X-Razorpay-Signature", wrong)], text.encode(), secret) == "mismatch"


def test_razorpay_checkout():
	import hashlib
	import hmac

	signature = hmac.new(b"key_secret", b"order_1|pay_1", hashlib.sha256).hexdigest()
	fields = {
		"razorpay_order_id": "order_1",
		"razorpay_payment_id": "pay_1",
		"razorpay_signature": signature,
	}
	client = razorpay.Client(auth=("key", "key_secret"))
	assert client.utility.verify_payment_signature(dict(fields))
	scheme = scheme_of("razorpay_checkout")
	verified = accepted(scheme, [JSON], json.dumps(fields).encode(), "key_secret")
	assert (verified.id, verified.id_signed) == ("pay_1", True)
	fields["razorpay_payment_id"] = "pay_2"
	with pytest.raises(razorpay.errors.SignatureVerificationError):
		client.utility.verify_payment_signature(dict(fields))
	assert refused(scheme, [JSON], json.dumps(fields).encode(), "key_secret") == "mismatch"


@given(BODIES, KEYS, st.sampled_from(["hubspot_v1", "hubspot_v2", "hubspot"]))
def test_hubspot(text, secret, name):
	version = {"hubspot_v1": "v1", "hubspot_v2": "v2", "hubspot": "v3"}[name]
	signature = HubSpotSignature.get_signature(secret, text, version, URL, "POST", str(NOW * 1000))
	header = "X-HubSpot-Signature-v3" if version == "v3" else "X-HubSpot-Signature"
	headers = [(header, signature), ("X-HubSpot-Request-Timestamp", str(NOW * 1000))]
	assert accepted(scheme_of(name), headers, text.encode(), secret)
	assert refused(scheme_of(name), headers, text.encode() + b" ", secret) == "mismatch"
	if version != "v1":
		assert refused(scheme_of(name), headers, text.encode(), secret, url=URL + "&z=3") == "mismatch"


def test_hubspot_judges_now_as_we_do():
	now = time.time()
	for age, fine in ((0, True), (290, True), (310, False)):
		stamp = str(int((now - age) * 1000))
		signature = HubSpotSignature.get_signature("cs", "[]", "v3", URL, "POST", stamp)
		headers = [("X-HubSpot-Signature-v3", signature), ("X-HubSpot-Request-Timestamp", stamp)]
		if fine:
			assert HubSpotSignature.is_valid(signature, "cs", "[]", URL, "POST", "v3", stamp)
			assert accepted(scheme_of("hubspot"), headers, b"[]", "cs", now)
		else:
			assert refused(scheme_of("hubspot"), headers, b"[]", "cs", now) == "stale"


@pytest.mark.parametrize(
	("method", "body", "signature"),
	[
		("GET", "", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
		(
			"POST",
			'{"example_field":"example_value"}',
			"9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
		),
	],
)
def test_hubspot_published_examples(method, body, signature):
	# https://legacydocs.hubspot.com/docs/faq/v2-request-validation
	inbound = inbound_request(
		method, "https://www.example.com/webhook_uri", {"X-HubSpot-Signature": signature}, body.encode()
	)
	assert verify(scheme_of("hubspot_v2"), inbound, [Secret("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy")], NOW)


@given(BODIES, st.binary(min_size=24, max_size=64), st.sampled_from(["webhook", "svix"]))
def test_standard_webhooks_and_svix(text, key, family):
	secret = "whsec_" + base64.b64encode(key).decode()
	signer = Webhook(secret) if family == "webhook" else svix.webhooks.Webhook(secret)
	moment = dt.datetime.fromtimestamp(NOW, tz=dt.timezone.utc)
	headers = {
		f"{family}-id": "msg_1",
		f"{family}-timestamp": str(NOW),
		f"{family}-signature": signer.sign("msg_1", moment, text),
	}
	scheme = scheme_of("standard_webhooks" if family == "webhook" else "svix")
	verified = accepted(scheme, headers, text.encode(), secret)
	assert (verified.id, verified.id_signed, verified.timestamp) == ("msg_1", True, NOW)
	headers[f"{family}-id"] = "msg_2"
	assert refused(scheme, headers, text.encode(), secret) == "mismatch"


def test_standard_webhooks_library_refuses_what_we_refuse():
	secret = "whsec_" + base64.b64encode(bytes(24)).decode()
	now = int(time.time())
	for drift in (-310, 310):
		moment = dt.datetime.fromtimestamp(now + drift, tz=dt.timezone.utc)
		headers = {
			"webhook-id": "m",
			"webhook-timestamp": str(now + drift),
			"webhook-signature": Webhook(secret).sign("m", moment, "{}"),
		}
		with pytest.raises(Exception, match="Message timestamp"):
			Webhook(secret).verify("{}", headers)
		reason = refused(scheme_of("standard_webhooks"), headers, b"{}", secret, now)
		assert reason == ("stale" if drift < 0 else "future")


@given(
	st.dictionaries(
		st.text("ABCDEFGH", min_size=1, max_size=8),
		st.text("abc 123+/=&%|é", max_size=12) | st.sampled_from(["null", "NULL"]),
		min_size=1,
		max_size=5,
	),
	st.sampled_from([16, 24, 32]),
)
@settings(deadline=None)
def test_paytm_form(fields, size):
	from urllib.parse import urlencode

	key = "k" * size
	checksum = paytmchecksum.generateSignature(dict(fields), key)
	assert paytmchecksum.verifySignature(dict(fields), key, checksum)
	body = urlencode({**fields, "CHECKSUMHASH": checksum}).encode()
	assert accepted(scheme_of("paytm"), [FORM], body, key)
	assert refused(scheme_of("paytm"), [FORM], body + b"&ZZ=1", key) == "mismatch"
	assert refused(scheme_of("paytm"), [FORM], body, "x" * size) == "mismatch"


@given(st.dictionaries(BODIES, BODIES | st.integers(-(10**20), 10**20), max_size=4), st.booleans())
@settings(deadline=None)
def test_paytm_json(content, compact):
	key, separators = "merchantkey12345", (",", ":") if compact else (" , ", " :  ")
	text = json.dumps(content, separators=separators)
	if "CHECKSUMHASH" in text or "\\u0000" in text:
		return
	checksum = paytmchecksum.generateSignature(text, key)
	head = json.dumps({"signature": checksum})
	body = f'{{"head": {head}, "body": {text}}}'.encode()
	assert accepted(scheme_of("paytm_json"), [JSON], body, key)
	changed = f'{{"head": {head}, "body": {text[:-1]} }}}}'.encode()
	assert refused(scheme_of("paytm_json"), [JSON], changed, key) == "mismatch"


def test_paytm_padding_is_part_of_the_proof():
	import hashlib

	from Crypto.Cipher import AES

	key, sealed = b"merchantkey12345", {}
	digest = hashlib.sha256(b"O1|abcd").hexdigest().encode() + b"abcd"
	for padding_byte in (12, 0, 11):
		cipher = AES.new(key, AES.MODE_CBC, b"@@@@&&&&####$$$$")
		sealed[padding_byte] = base64.b64encode(cipher.encrypt(digest + bytes([padding_byte]) * 12)).decode()
	for padding_byte, checksum in sealed.items():
		form = b"ORDERID=O1&CHECKSUMHASH=" + checksum.replace("+", "%2B").encode()
		if padding_byte == 12:
			assert accepted(scheme_of("paytm"), [FORM], form, key.decode())
		else:
			assert refused(scheme_of("paytm"), [FORM], form, key.decode()) == "mismatch"


class TestRsa:
	KEY = rsa.generate_private_key(65537, 2048)
	OTHER = rsa.generate_private_key(65537, 2048)
	BODY = b'{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED"}'
	CERT_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-7a8abba8"

	@staticmethod
	def public(key) -> str:
		return (
			key.public_key()
			.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
			.decode()
		)

	@staticmethod
	def certificate(key, start=NOW - 86_400, end=NOW + 86_400) -> str:
		name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
		built = (
			x509.CertificateBuilder()
			.subject_name(name)
			.issuer_name(name)
			.public_key(key.public_key())
			.serial_number(1)
			.not_valid_before(dt.datetime.fromtimestamp(start, tz=dt.timezone.utc))
			.not_valid_after(dt.datetime.fromtimestamp(end, tz=dt.timezone.utc))
			.sign(key, hashes.SHA256())
		)
		return built.public_bytes(serialization.Encoding.PEM).decode()

	def sign(self, message: bytes, key=None) -> str:
		signature = (key or self.KEY).sign(message, padding.PKCS1v15(), hashes.SHA256())
		return base64.b64encode(signature).decode()

	def paypal(self, body=BODY, webhook_id="WH-HOOK", key=None, **more):
		import zlib

		message = f"tr-1|2023-11-14T22:13:20Z|{webhook_id}|{zlib.crc32(self.BODY)}".encode()
		headers = {
			"PAYPAL-TRANSMISSION-ID": "tr-1",
			"PAYPAL-TRANSMISSION-TIME": "2023-11-14T22:13:20Z",
			"PAYPAL-TRANSMISSION-SIG": self.sign(message, key),
			"PAYPAL-CERT-URL": self.CERT_URL,
			"PAYPAL-AUTH-ALGO": "SHA256withRSA",
			"Content-Type": "application/json",
			**more,
		}
		return inbound_request("POST", URL, headers, body)

	SCHEME = scheme_of("paypal", webhook_id="WH-HOOK")

	def reason(self, inbound, pem, now=NOW, scheme=None):
		with pytest.raises(VerificationError) as caught:
			verify(scheme or self.SCHEME, inbound, [Secret(pem)], now)
		return caught.value.reason

	def test_paypal(self):
		certificate = self.certificate(self.KEY)
		verified = verify(self.SCHEME, self.paypal(), [Secret(certificate)], NOW)
		assert (verified.id, verified.topic) == ("WH-1", "PAYMENT.CAPTURE.COMPLETED")
		assert verified.timestamp == NOW
		late = verify(self.SCHEME, self.paypal(), [Secret(certificate)], NOW + 3 * 3600)
		assert late.id == "WH-1"

	def test_paypal_refusals(self):
		certificate = self.certificate(self.KEY)
		assert self.reason(self.paypal(body=self.BODY + b" "), certificate) == "mismatch"
		assert self.reason(self.paypal(webhook_id="WH-OTHER"), certificate) == "mismatch"
		assert self.reason(self.paypal(key=self.OTHER), certificate) == "mismatch"
		assert self.reason(self.paypal(), self.certificate(self.OTHER)) == "mismatch"
		changed = self.paypal(**{"PAYPAL-TRANSMISSION-TIME": "2023-11-14T22:13:21Z"})
		assert self.reason(changed, certificate) == "mismatch"
		assert self.reason(self.paypal(**{"PAYPAL-TRANSMISSION-SIG": "!"}), certificate) == "malformed"
		assert self.reason(self.paypal(**{"PAYPAL-TRANSMISSION-ID": ""}), certificate) == "missing"

	@pytest.mark.parametrize("now", [NOW - 86_401, NOW + 86_401])
	def test_a_certificate_that_is_not_valid_now(self, now):
		assert self.reason(self.paypal(), self.certificate(self.KEY), now) == "expired"

	def test_a_valid_certificate_beside_an_expired_one(self):
		old = Secret(self.certificate(self.OTHER, NOW - 200, NOW - 100))
		assert verify(self.SCHEME, self.paypal(), [old, Secret(self.certificate(self.KEY))], NOW)

	def test_adobe(self):
		scheme = scheme_of("adobe_commerce")
		signature = self.sign(base64.b64encode(self.BODY))
		headers = [("x-adobe-commerce-webhook-signature", signature)]
		assert accepted(scheme, headers, self.BODY, self.public(self.KEY))
		assert refused(scheme, headers, self.BODY, self.public(self.OTHER)) == "mismatch"
		assert refused(scheme, headers, self.BODY + b" ", self.public(self.KEY)) == "mismatch"
		plain = [("x-adobe-commerce-webhook-signature", self.sign(self.BODY))]
		assert refused(scheme, plain, self.BODY, self.public(self.KEY)) == "mismatch"

	def test_keys_that_are_refused(self):
		small = rsa.generate_private_key(65537, 1024)
		curve = ec.generate_private_key(ec.SECP256R1())
		private = self.KEY.private_bytes(
			serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
		).decode()
		pems = ["x", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", private]
		for pem in [*pems, self.public(small), self.public(curve)]:
			assert self.reason(self.paypal(), pem) == "bad_secret"
			with pytest.raises(ConfigurationError, match="2048"):
				check_secret(self.SCHEME, Secret(pem), NOW)

	def test_good_keys_pass_the_check(self):
		check_secret(self.SCHEME, Secret(self.certificate(self.KEY)), NOW)
		check_secret(self.SCHEME, Secret(self.public(self.KEY)), NOW)

	def test_the_address_of_the_certificate(self):
		assert certificate_url(self.SCHEME, self.paypal()) == self.CERT_URL
		assert certificate_url(scheme_of("adobe_commerce"), self.paypal()) == ""

	@pytest.mark.parametrize(
		"url",
		[
			"",
			"http://api.paypal.com/v1/notifications/certs/CERT-1",
			"https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
			"https://api.paypal.com.evil.test/v1/notifications/certs/CERT-1",
			"https://evil.test/v1/notifications/certs/CERT-1",
			"https://api.paypal.com@evil.test/v1/notifications/certs/CERT-1",
			"https://evil.test#api.paypal.com/v1/notifications/certs/CERT-1",
			"https://evil.test\\@api.paypal.com/v1/notifications/certs/CERT-1",
			"https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
			"https://api.paypal.com:x/v1/notifications/certs/CERT-1",
			"https://api.paypal.com/v1/notifications/certs/../../../x",
			"https://api.paypal.com/v1/notifications/certs/%2e%2e/x",
			"https://api.paypal.com/other/CERT-1",
			"//api.paypal.com/v1/notifications/certs/CERT-1",
			"https://[api.paypal.com/v1/notifications/certs/CERT-1",
			"file:///v1/notifications/certs/CERT-1",
		],
	)
	def test_addresses_that_are_not_believed(self, url):
		with pytest.raises(VerificationError):
			certificate_url(self.SCHEME, self.paypal(**{"PAYPAL-CERT-URL": url}))
