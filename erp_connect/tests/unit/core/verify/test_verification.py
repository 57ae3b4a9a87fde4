"""Verification: published vectors, what must be refused and how, and that nothing else ever comes out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.parse.limits import Limits
from erp_connect.core.verify.request import REASONS
from erp_connect.core.verify.verification import (
	VerificationError,
	check_secret,
	inbound_request,
	scheme_from_dict,
	verify,
)
from erp_connect.tests.fakes.paytm import sealed
from erp_connect.tests.unit.core.verify.schemes import SCHEMES, scheme_of

NOW = 1_700_000_000
URL = "https://example.com/hook"
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
STRIPE_BODY = b'{"id":"evt_1","object":"event","type":"charge.succeeded"}'
STRIPE = "t=1700000000,v1=4e29e0cdb0ec1e996fd1a7ec09bc4ca80a4d82872aff51b626a87258999e580d"
HUSH_BODY = b'{"id":820982911946154508}'
HUSH = "qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I="
SLACK_BODY = (
	b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
	b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
	b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
	b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
HUBSPOT_BODY = b'[{"eventId":1}]'
AUTHNET_KEY = (
	"52CB4A002C634B84E397DC8A218E1A160BA7CAB7CBE4C05B35E9CBB05E14FE4A"
	"2385812E980CCF97D177F17863CE214D1BE6CE8E1E894487AACF3609C1A5FE17"
)
AUTHNET_BODY = (
	b'{"notificationId":"182cbbff-cab2-4080-931d-80e5d818f23a",'
	b'"eventType":"net.authorize.payment.authcapture.created","eventDate":"2017-08-18T20:40:52.7722007Z",'
	b'"webhookId":"849eb87e-078a-4169-a34b-c0bded5019a8","payload":{"responseCode":0,"authCode":"Z3PV5H",'
	b'"avsResponse":"Y","authAmount":0.0,"entityName":"transaction","id":"40005915599"}}'
)
AUTHNET = (
	"sha512=A1E0CC0F8A7B6274E0951CAC5EB63579F70FC6B7B15384B146DCE02B98DEE3954"
	"A5A8E331661B51DE953E141E88994DFA7D267FFB8428BE0660511B6EFB94960"
)
PAYTM = "ah5+/qBar6jbeUqlAsDI14omvxUwP2n26KXxsjX/eRBPMhmQRQGxn43zwHGNfZ4LDL0Jkyq4ORoWxfGSMdkw2fRFZlEuonuFrzXh6FNMWMY="


def secrets(*texts: str) -> list[Secret]:
	return [Secret(text) for text in texts]


def request(headers, body=b"{}", method="POST", url=URL):
	return inbound_request(method, url, headers, body)


def reason(scheme, inbound, *texts: str, now: float = NOW) -> str:
	with pytest.raises(VerificationError) as caught:
		verify(scheme, inbound, secrets(*texts), now)
	assert str(caught.value) == str(VerificationError("x"))
	assert caught.value.params == {}
	return caught.value.reason


# scheme, secret, headers, body, time, id, topic, whether the id is signed
VECTORS: list[Any] = [
	(
		"stripe",
		"whsec_test",
		[("Stripe-Signature", STRIPE)],
		STRIPE_BODY,
		NOW,
		"evt_1",
		"charge.succeeded",
		True,
	),
	(
		# https://docs.slack.dev/authentication/verifying-requests-from-slack/
		"slack",
		"8f742231b10e8888abcd99yyyzzz85a5",
		[
			FORM,
			("X-Slack-Request-Timestamp", "1531420618"),
			("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
		],
		SLACK_BODY,
		1531420618,
		None,
		"/webhook-collect",
		True,
	),
	(
		"razorpay",
		"whsec",
		[
			("X-Razorpay-Signature", "fa3d417918d501d8fc2a8dea340a58974c2d2ae75c5bb9f4ada68fa859449071"),
			("x-razorpay-event-id", "Gb5kMCdcAZ8jJ8"),
		],
		STRIPE_BODY,
		NOW,
		"Gb5kMCdcAZ8jJ8",
		"",
		False,
	),
	(
		"shopify",
		"hush",
		[
			("X-Shopify-Hmac-Sha256", HUSH),
			("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"),
			("X-Shopify-Topic", "orders/create"),
		],
		HUSH_BODY,
		NOW,
		"b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
		"orders/create",
		False,
	),
	(
		"woocommerce",
		"hush",
		[("X-WC-Webhook-Signature", HUSH), ("X-WC-Webhook-Topic", "order.created")],
		HUSH_BODY,
		NOW,
		None,
		"order.created",
		True,
	),
	("fedex", "hush", [("fdx-signature", HUSH)], HUSH_BODY, NOW, None, "", True),
	(
		"hubspot_v1",
		"cs",
		[("X-HubSpot-Signature", "60a017ea2a006d9337543c611ad188f5ca17676f320b9fb26c617a93d12aea66")],
		HUBSPOT_BODY,
		NOW,
		"null-null-null-1",
		"",
		True,
	),
	(
		"hubspot_v2",
		"cs",
		[("X-HubSpot-Signature", "b65e483f8fb56a8a79e0ae831703bcfd0846a870fc8a997cede1de171ecc1e0b")],
		HUBSPOT_BODY,
		NOW,
		"null-null-null-1",
		"",
		True,
	),
	(
		"hubspot",
		"cs",
		[
			("X-HubSpot-Signature-v3", "RJadg/H3tIb7IY22wIh+G/AvLmF1sS1uFMNm9WodPgg="),
			("X-HubSpot-Request-Timestamp", "1700000000000"),
		],
		HUBSPOT_BODY,
		NOW,
		"null-null-null-1",
		"",
		True,
	),
	(
		"bigcommerce",
		"clientsecret",
		[
			("webhook-id", "msg_1"),
			("webhook-timestamp", "1700000000"),
			("webhook-signature", "v1,omHXePeQ9a/Ej09YA6sziFRgoz3FJP6vcn520jbFai4="),
		],
		b'{"id":1}',
		NOW,
		"msg_1",
		"",
		True,
	),
	(
		# https://github.com/stymiee/authnetjson/blob/master/tests/Authnetjson/AuthnetWebhookTest.php
		"authorize_net",
		AUTHNET_KEY,
		[("X-Anet-Signature", AUTHNET)],
		AUTHNET_BODY,
		NOW,
		"182cbbff-cab2-4080-931d-80e5d818f23a",
		"net.authorize.payment.authcapture.created",
		True,
	),
	(
		"paytm",
		"YOUR_MERCHANTKEY",
		[FORM],
		b"MID=M1&TXNAMOUNT=10.00&ORDERID=O1&CHECKSUMHASH=" + PAYTM.replace("+", "%2B").encode(),
		NOW,
		"O1",
		"",
		True,
	),
	(
		"frappe",
		"shh",
		[("X-Frappe-Webhook-Signature", "eWsfSiLSm5RkSWS9jVrl/jsVpuXVt2xQmUE/2Lh8d94=")],
		rb'{"doctype": "Sales Order", "name": "SO-1", "customer": "\u00dcn\u00ef"}',
		NOW,
		None,
		"Sales Order",
		True,
	),
	(
		# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
		"github",
		"It's a Secret to Everybody",
		[
			(
				"X-Hub-Signature-256",
				"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
			),
			("X-GitHub-Event", "ping"),
		],
		b"Hello, World!",
		NOW,
		None,
		"ping",
		True,
	),
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[0])
class TestVectors:
	def test_accepted(self, vector):
		name, secret, headers, body, now, event_id, topic, id_signed = vector
		verified = verify(scheme_of(name), request(headers, body), secrets(secret), now)
		assert verified.id == (event_id or "sha256:" + hashlib.sha256(body).hexdigest())
		assert (verified.topic, verified.id_signed) == (topic, id_signed)
		assert verified.fingerprint == hashlib.sha256(body).hexdigest()
		signs_time = name in ("stripe", "slack", "hubspot", "bigcommerce")
		assert verified.timestamp == (now if signs_time else None)

	def test_with_the_old_secret_beside_the_new_one(self, vector):
		name, secret, headers, body, now, *_ = vector
		other = "x" * len(secret)
		assert verify(scheme_of(name), request(headers, body), secrets(other, secret), now)
		assert verify(scheme_of(name), request(headers, body), secrets(secret, other), now)
		assert verify(scheme_of(name), request(headers, body), secrets("", secret), now)

	def test_header_names_in_any_case(self, vector):
		name, secret, headers, body, now, *_ = vector
		shouted = [(header.upper(), value) for header, value in headers]
		assert verify(scheme_of(name), request(shouted, body), secrets(secret), now)

	def test_another_secret(self, vector):
		name, secret, headers, body, now, *_ = vector
		other = secret[:-1] + ("a" if secret[-1] != "a" else "b")
		assert reason(scheme_of(name), request(headers, body), other, now=now) == "mismatch"

	def test_a_changed_body(self, vector):
		name, secret, headers, body, now, *_ = vector
		changed = body.replace(b"1", b"2", 1) if b"1" in body else body + b" "
		assert reason(scheme_of(name), request(headers, changed), secret, now=now) == "mismatch"

	def test_without_its_headers(self, vector):
		name, secret, _, body, now, *_ = vector
		kept = [] if name != "paytm" else [FORM]
		body = body.replace(b"CHECKSUMHASH", b"OTHER")
		assert reason(scheme_of(name), request(kept, body), secret, now=now) == "missing"

	@pytest.mark.parametrize("none", [(), ("",)])
	def test_without_a_secret(self, vector, none):
		name, _, headers, body, now, *_ = vector
		assert reason(scheme_of(name), request(headers, body), *none, now=now) == "no_secret"


STRIPE_SCHEME = scheme_of("stripe")
SHOPIFY_SCHEME = scheme_of("shopify")


class TestSignatureHeader:
	@pytest.mark.parametrize(
		("value", "expected"),
		[
			("", "missing"),
			(" ", "mismatch"),
			("x" * 1_000_000, "too_long"),
			("ü", "malformed"),
			("\ud800", "malformed"),
			("a\nb", "malformed"),
			("a\0b", "malformed"),
			("٣", "malformed"),
			(HUSH + "x", "mismatch"),
			(HUSH.rstrip("="), "mismatch"),
			(HUSH.lower(), "mismatch"),
			("," + HUSH, "mismatch"),
			(f"{HUSH}, {HUSH}", "mismatch"),
		],
	)
	def test_garbage(self, value, expected):
		inbound = request([("X-Shopify-Hmac-Sha256", value)], HUSH_BODY)
		assert reason(SHOPIFY_SCHEME, inbound, "hush") == expected

	def test_twice_even_when_both_fit(self):
		headers = [("X-Shopify-Hmac-Sha256", HUSH), ("x-shopify-hmac-sha256", HUSH)]
		assert reason(SHOPIFY_SCHEME, request(headers, HUSH_BODY), "hush") == "duplicate"

	@pytest.mark.parametrize(
		("value", "expected"),
		[
			(STRIPE.split(",")[1], "missing"),
			(STRIPE.split(",")[0], "missing"),
			(STRIPE.replace("v1", "v0"), "missing"),
			(STRIPE + ",t=1700000000", "duplicate"),
			(STRIPE.replace("t=1700000000", "t=1700000001"), "mismatch"),
			(STRIPE.replace("t=1700000000", "t=01700000000"), "mismatch"),
			("t=,v1=" + "0" * 64, "missing"),
			("t=1,v1=", "missing"),
			("=,=,=", "missing"),
		],
	)
	def test_pairs(self, value, expected):
		inbound = request([("Stripe-Signature", value)], STRIPE_BODY)
		assert reason(STRIPE_SCHEME, inbound, "whsec_test") == expected

	def test_several_signatures_while_a_secret_is_rolled(self):
		t, v1 = STRIPE.split(",")
		for value in (f"{t},v1={'0' * 64},{v1}", f"{t},{v1},v1={'0' * 64}", f"v0=x, {v1} ,{t}"):
			assert verify(
				STRIPE_SCHEME, request([("Stripe-Signature", value)], STRIPE_BODY), secrets("whsec_test"), NOW
			)

	def test_no_more_signatures_than_twenty(self):
		t, v1 = STRIPE.split(",")
		many = ",".join([t, *["v1=" + "0" * 64] * 20, v1])
		assert (
			reason(STRIPE_SCHEME, request([("Stripe-Signature", many)], STRIPE_BODY), "whsec_test")
			== "mismatch"
		)

	def test_hexadecimal_in_either_case(self):
		t, v1 = STRIPE.split(",")
		value = f"{t},v1={v1[3:].upper()}"
		assert verify(
			STRIPE_SCHEME, request([("Stripe-Signature", value)], STRIPE_BODY), secrets("whsec_test"), NOW
		)

	@pytest.mark.parametrize("value", ["", "sha512", "sha512=", "sha256=" + AUTHNET[7:], AUTHNET[7:]])
	def test_a_prefix_that_is_not_there(self, value):
		inbound = request([("X-ANET-Signature", value)], AUTHNET_BODY)
		assert reason(scheme_of("authorize_net"), inbound, AUTHNET_KEY) == "missing"


class TestTime:
	@pytest.mark.parametrize("drift", [-300, 0, 299.5, 300])
	def test_inside_the_tolerance(self, drift):
		inbound = request([("Stripe-Signature", STRIPE)], STRIPE_BODY)
		assert verify(STRIPE_SCHEME, inbound, secrets("whsec_test"), NOW + drift).timestamp == NOW

	@pytest.mark.parametrize(
		("drift", "expected"), [(-300.5, "future"), (301, "stale"), (360, "stale"), (-(10**9), "future")]
	)
	def test_outside(self, drift, expected):
		inbound = request([("Stripe-Signature", STRIPE)], STRIPE_BODY)
		assert reason(STRIPE_SCHEME, inbound, "whsec_test", now=NOW + drift) == expected

	def test_a_forged_request_is_a_mismatch_whatever_its_time(self):
		inbound = request([("Stripe-Signature", STRIPE)], b"{}")
		assert reason(STRIPE_SCHEME, inbound, "whsec_test", now=NOW + 10**6) == "mismatch"

	@staticmethod
	def signed(text: str, **timestamp: Any):
		scheme = scheme_from_dict(
			{
				"kind": "hmac",
				"message": "{timestamp}.{body}",
				"signature": {"header": "X-Sig", "encoding": "hex"},
				"timestamp": {"header": "X-Time", **timestamp},
			}
		)
		digest = hmac.new(b"k", text.encode() + b".{}", "sha256").hexdigest()
		return scheme, request([("X-Sig", digest), ("X-Time", text)])

	@pytest.mark.parametrize(
		("text", "unit", "moment"),
		[
			("1700000000", "s", NOW),
			("1700000000123", "ms", NOW + 0.123),
			("2023-11-14T22:13:20Z", "iso", NOW),
			("2023-11-15T03:43:20+05:30", "iso", NOW),
			("2023-11-14 22:13:20", "iso", NOW),
		],
	)
	def test_units(self, text, unit, moment):
		scheme, inbound = self.signed(text, unit=unit)
		assert verify(scheme, inbound, secrets("k"), NOW).timestamp == pytest.approx(moment)

	@pytest.mark.parametrize(
		("text", "unit"),
		[
			("1700000000.5", "s"),
			("-1700000000", "s"),
			("1e9", "s"),
			("0x65", "s"),
			("9" * 400, "s"),
			("9" * 16, "ms"),
			("2023-11-14", "s"),
			("0000-00-00T00:00:00Z", "iso"),
			("1700000000", "iso"),
			("yesterday", "iso"),
		],
	)
	def test_signed_but_no_time(self, text, unit):
		assert reason(*self.signed(text, unit=unit), "k") == "malformed"

	def test_milliseconds_are_not_taken_for_seconds(self):
		assert reason(*self.signed("1700000000000", unit="s"), "k") == "malformed"
		assert reason(*self.signed("1700000000", unit="ms"), "k") == "stale"

	def test_no_limit(self):
		scheme, inbound = self.signed("1000", past=None)
		assert verify(scheme, inbound, secrets("k"), NOW).timestamp == 1000
		scheme, inbound = self.signed("whenever", past=None, future=None)
		assert verify(scheme, inbound, secrets("k"), NOW).timestamp is None

	def test_two_times(self):
		scheme, inbound = self.signed("1700000000")
		twice = request([*inbound.headers, ("x-time", "1700000000")])
		assert reason(scheme, twice, "k") == "duplicate"


class TestSecretEncodings:
	KEY = bytes(range(24))

	@pytest.mark.parametrize(
		("encoding", "text"),
		[
			("base64", base64.b64encode(KEY).decode()),
			("base64", base64.urlsafe_b64encode(KEY).decode().rstrip("=")),
			("hex", KEY.hex()),
			("hex", KEY.hex().upper()),
			("whsec", "whsec_" + base64.b64encode(KEY).decode()),
		],
	)
	def test_the_key(self, encoding, text):
		digest = hmac.new(self.KEY, HUSH_BODY, "sha256").hexdigest()
		assert verify(self.scheme(encoding), self.inbound(digest), secrets(text), NOW)

	@pytest.mark.parametrize(
		("encoding", "text"),
		[("base64", "!"), ("hex", "abc"), ("hex", "  "), ("whsec", "whsec_!"), ("whsec", "whsec_")],
	)
	def test_a_malformed_secret(self, encoding, text):
		assert reason(self.scheme(encoding), self.inbound("0" * 64), text) == "bad_secret"
		with pytest.raises(ConfigurationError) as caught:
			check_secret(self.scheme(encoding), Secret(text), NOW)
		assert caught.value.code == "secret" and "!" not in str(caught.value)

	def test_a_malformed_secret_does_not_spoil_a_good_one(self):
		digest = hmac.new(self.KEY, HUSH_BODY, "sha256").hexdigest()
		assert verify(self.scheme("hex"), self.inbound(digest), secrets("zz", self.KEY.hex()), NOW)

	@staticmethod
	def scheme(encoding):
		return scheme_from_dict(
			{"kind": "hmac", "signature": {"header": "S", "encoding": "hex"}, "secret_encoding": encoding}
		)

	@staticmethod
	def inbound(digest):
		return request([("S", digest)], HUSH_BODY)


@pytest.mark.parametrize(
	"algorithm", ["sha256", "sha512", "sha384", "sha224", "sha1", "md5", "sha3_256", "sha3_512"]
)
@pytest.mark.parametrize("encoding", ["hex", "HEX", "base64"])
def test_any_digest(algorithm, encoding):
	scheme = scheme_from_dict(
		{"kind": "hmac", "algorithm": algorithm, "signature": {"query": "sig", "encoding": encoding}}
	)
	digest = hmac.new(b"k", b"{}", algorithm).digest()
	text = base64.b64encode(digest).decode() if encoding == "base64" else digest.hex()
	inbound = inbound_request("POST", URL, {}, b"{}", query={"sig": text})
	assert verify(scheme, inbound, secrets("k"), NOW)


class TestMessageParts:
	BODY = b'{"b": {"x": [1, "}"]}, "a": "one",\n "body" : {"n": 1.50, "t":"\\u00fc"} }'

	@pytest.mark.parametrize(
		("message", "signed"),
		[
			("{body}", BODY),
			("{body_base64}", base64.b64encode(BODY)),
			("{body_sha256}", hashlib.sha256(BODY).hexdigest().encode()),
			("{method} {path}?{query} {body}", b"POST /a%20b/c?x=%2F&y=1 " + BODY),
			("{url}|{body}", b"https://shop.test/a%20b/c?x=%2F&y=1|" + BODY),
			("{url_decoded}{body}", b"https://shop.test/a%20b/c?x=/&y=1" + BODY),
			("{header.X-Number}:{field.a}", b"n-7:one"),
			("{raw.body}", b'{"n": 1.50, "t":"\\u00fc"}'),
			("{raw.b}+{raw.a}", b'{"x": [1, "}"]}+"one"'),
		],
	)
	def test_composition(self, message, signed):
		assert verify(*self.signed(message, signed), secrets("k"), NOW)
		assert reason(*self.signed(message, signed + b" "), "k") == "mismatch"

	def signed(self, message, signed, body=BODY, more=(), content_type=JSON):
		scheme = scheme_from_dict(
			{"kind": "hmac", "message": message, "signature": {"header": "S", "encoding": "hex"}}
		)
		digest = hmac.new(b"k", signed, "sha256").hexdigest()
		headers = [content_type, ("S", digest), ("X-Number", "n-7"), *more]
		return scheme, inbound_request("post", "https://shop.test/a%20b/c?x=%2F&y=1", headers, body)

	@pytest.mark.parametrize(
		("message", "body", "expected"),
		[
			("{field.none}", BODY, "missing"),
			("{field.b}", BODY, "malformed"),
			("{field.a}", b'{"a":"x|y"}', "malformed"),
			("{field.a}", b'{"a":"x y"}', "malformed"),
			("{field.a}", b"[]", "malformed"),
			("{field.a}", b"not json", "malformed"),
			("{raw.none}", BODY, "missing"),
			("{raw.a}", b"[1]", "missing"),
			("{raw.a}", b"<a/>", "malformed"),
			("{raw.a}", b"[" * 100_000, "malformed"),
			("{raw.a}", b'{"a":1,"a":2}', "malformed"),
			("{form_sorted}", b"a=1&a=2", "duplicate"),
			("{form_sorted}", b"a=%ff", "malformed"),
			("{header.X-None}{body}", BODY, "missing"),
			("{header.X-Twice}{body}", BODY, "duplicate"),
		],
	)
	def test_parts_a_request_lacks(self, message, body, expected):
		content_type = FORM if "form" in message else JSON
		scheme, inbound = self.signed(message, b"x", body, [("X-Twice", "1"), ("X-Twice", "1")], content_type)
		assert reason(scheme, inbound, "k") == expected

	@pytest.mark.parametrize(
		("message", "signed", "body", "read_as"),
		[
			("{form_values}", b"1", b"a=1", "application/json"),
			("{form_sorted}", b"a1", b"a=1", "text/xml"),
			("{form_sorted}", b"a1", b"a=1", "application/x-unknown"),
			("{raw.a}", b"1", b'{"a":1}', "application/x-www-form-urlencoded"),
			("{raw.a}", b"1", b'{"a":1}', "application/xml"),
		],
	)
	def test_what_is_signed_is_read_as_the_event_is(self, message, signed, body, read_as):
		right = FORM if "form" in message else JSON
		assert verify(*self.signed(message, signed, body, content_type=right), secrets("k"), NOW)
		wrong = self.signed(message, signed, body, content_type=("Content-Type", read_as))
		assert reason(*wrong, "k") == "malformed"

	def test_braces_in_a_value_are_not_filled_again(self):
		scheme, inbound = self.signed("{header.X-Number}{body}", b"n-7{method}", b"{method}")
		assert verify(scheme, inbound, secrets("k"), NOW)

	def test_a_configured_address_is_signed_instead_of_the_one_called(self):
		body = b"b=2&a=1+1&mandrill_events=%5B%5D"
		signed = b"https://erp.example/hook?k=1a1 1b2mandrill_events[]"
		digest = base64.b64encode(hmac.new(b"k", signed, "sha1").digest()).decode()
		inbound = request(
			[FORM, ("X-Mandrill-Signature", digest)], body, url="http://127.0.0.1:8000/hook?k=1"
		)
		assert verify(scheme_of("mandrill", url="https://erp.example/hook?k=1"), inbound, secrets("k"), NOW)
		assert reason(scheme_of("mandrill"), inbound, "k") == "mismatch"

	def test_an_address_that_cannot_be_read(self):
		scheme = scheme_from_dict(
			{"kind": "hmac", "message": "{path}{body}", "signature": {"header": "S", "encoding": "hex"}}
		)
		digest = hmac.new(b"k", b"{}", "sha256").hexdigest()
		assert verify(scheme, request([("S", digest)], url="https://[broken"), secrets("k"), NOW)


class TestTokens:
	@pytest.mark.parametrize(
		("name", "headers", "body", "url"),
		[
			("zoho_crm", [JSON], b'{"token":"t-1","module":"Leads"}', URL),
			("mailchimp", [FORM], b"type=subscribe", URL + "?secret=t-1"),
			("ups", [("Credential", "t-1")], b"{}", URL),
			("dhl", [("x-webhook-token", "t-1")], b"{}", URL),
			("shiprocket", [("X-Api-Key", "t-1")], b"{}", URL),
			("google_drive", [("X-Goog-Channel-Token", "t-1")], b"", URL),
			("bearer", [("Authorization", "bearer t-1")], b"{}", URL),
			("basic", [("Authorization", "Basic " + base64.b64encode(b"t-1").decode())], b"{}", URL),
		],
	)
	def test_accepted_and_refused(self, name, headers, body, url):
		scheme, inbound = scheme_of(name), request(headers, body, url=url)
		assert not verify(scheme, inbound, secrets("other", "t-1"), NOW).id_signed
		assert reason(scheme, inbound, "t-2") == "mismatch"
		assert reason(scheme, inbound, "t-1x") == "mismatch"
		assert reason(scheme, inbound) == "no_secret"
		assert reason(scheme, request([JSON], b"{}"), "t-1") == "missing"

	@pytest.mark.parametrize(
		("value", "expected"),
		[
			("t-1", "mismatch"),
			("Basic t-1", "mismatch"),
			("Bearer", "mismatch"),
			("Bearer ", "mismatch"),
			("Bearer tü", "malformed"),
			("Bearer " + "x" * 5000, "too_long"),
		],
	)
	def test_bearer_garbage(self, value, expected):
		assert reason(scheme_of("bearer"), request([("Authorization", value)]), "t-1") == expected

	@pytest.mark.parametrize("value", ["Basic !", "Basic dXNlcg", "Basic dXNlcg==\u00e9"])
	def test_basic_garbage(self, value):
		assert reason(scheme_of("basic"), request([("Authorization", value)]), "user") == "malformed"

	def test_a_token_twice_in_the_address(self):
		inbound = request([], b"", url=URL + "?secret=t-1&secret=t-1")
		assert reason(scheme_of("mailchimp"), inbound, "t-1") == "duplicate"

	def test_a_body_beyond_the_limits(self):
		inbound = inbound_request("POST", URL, [JSON], b'{"token":"t-1"}', limits=Limits(max_bytes=5))
		assert reason(scheme_of("zoho_crm"), inbound, "t-1") == "malformed"

	@pytest.mark.parametrize("value", ["true", "null", '["t-1"]', "{}"])
	def test_a_token_that_is_no_text(self, value):
		inbound = request([JSON], b'{"token":%s}' % value.encode())
		assert reason(scheme_of("zoho_crm"), inbound, "t-1", "True") == "missing"


class TestEvent:
	TOKEN = {"kind": "shared_token", "token": {"header": "T"}}

	def verified(self, body: bytes, headers=(), **more):
		scheme = scheme_from_dict({**self.TOKEN, **more})
		return verify(scheme, request([JSON, ("T", "t"), *headers], body), secrets("t"), NOW)

	@pytest.mark.parametrize(
		("body", "event_id"),
		[
			(b'{"id":"a"}', "a"),
			(b'{"id":12}', "12"),
			(b'{"id":820982911946154508}', "820982911946154508"),
			(b'{"id":""}', None),
			(b'{"id":null}', None),
			(b'{"id":true}', None),
			(b'{"id":{"x":1}}', None),
			(b'{"id":[1]}', None),
			(b"[]", None),
			(b"", None),
			(b"not json", None),
			(b"[" * 10_000, None),
		],
	)
	def test_the_id_of_the_event(self, body, event_id):
		expected = event_id or "sha256:" + hashlib.sha256(body).hexdigest()
		assert self.verified(body, id={"body": "id"}).id == expected

	def test_the_first_place_that_holds_something(self):
		places = [{"header": "X-A"}, {"header": "X-B"}, {"body": "id"}]
		assert self.verified(b'{"id":"c"}', [("X-A", " "), ("X-B", "b")], id=places).id == "b"
		assert self.verified(b'{"id":"c"}', [("X-B", "b"), ("X-B", "b2")], id=places).id == "c"

	def test_several_headers(self):
		place = {"headers": ["X-Goog-Channel-ID", "X-Goog-Message-Number"]}
		headers = [("X-Goog-Channel-ID", "c"), ("X-Goog-Message-Number", "7")]
		assert self.verified(b"", headers, id=place).id == "c:7"
		assert self.verified(b"", headers[:1], id=place).id.startswith("sha256:")

	@pytest.mark.parametrize("text", ["x" * 141, "a\nb", "a\0b", "\u202e", "\ud800"])
	def test_an_id_that_no_column_or_log_should_hold(self, text):
		expected = "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
		assert self.verified(b"", [("X-A", text)], id={"header": "X-A"}).id == expected

	def test_a_long_topic_is_cut(self):
		assert self.verified(b"", [("X-A", "t" * 500)], topic={"header": "X-A"}).topic == "t" * 140

	def test_an_expression_that_does_not_fit(self):
		body = b'{"a":{"b":1}}'
		assert self.verified(body, id={"body": "join('-', a)"}).id.startswith("sha256:")

	def test_zoho_and_mailchimp(self):
		body = b'{"token":"t","channel_id":100,"module":"Leads","operation":"insert","server_time":5,"ids":["1","2"]}'
		verified = verify(scheme_of("zoho_crm"), request([JSON], body), secrets("t"), NOW)
		assert (verified.id, verified.topic) == ("100-Leads-insert-5-1,2", "Leads.insert")
		body = b"type=subscribe&fired_at=2024-01-01+10:00:00&data[id]=8a25&data[email]=a@b.c"
		inbound = request([FORM], body, url=URL + "?secret=t")
		verified = verify(scheme_of("mailchimp"), inbound, secrets("t"), NOW)
		assert (verified.id, verified.topic) == ("subscribe-2024-01-01 10:00:00-8a25", "subscribe")

	def test_a_signed_header_makes_a_signed_id(self):
		scheme = scheme_from_dict(
			{
				"kind": "hmac",
				"message": "{header.X-A}{body}",
				"signature": {"header": "S", "encoding": "hex"},
				"id": [{"header": "X-A"}, {"header": "X-B"}],
			}
		)
		digest = hmac.new(b"k", b"a1{}", "sha256").hexdigest()
		assert verify(scheme, request([("S", digest), ("X-A", "a1")]), secrets("k"), NOW).id_signed


class TestPaytm:
	SCHEME = scheme_of("paytm")
	KEY = "YOUR_MERCHANTKEY"

	@staticmethod
	def form(checksum: str):
		quoted = checksum.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
		return request([FORM], f"MID=M1&ORDERID=O1&TXNAMOUNT=10.00&CHECKSUMHASH={quoted}".encode())

	@pytest.mark.parametrize("length", [0, 1, 15, 16, 64, 79, 81, 96, 160])
	def test_wrong_lengths(self, length):
		checksum = base64.b64encode(b"x" * length).decode()
		assert reason(self.SCHEME, self.form(checksum), self.KEY) == ("malformed" if length else "missing")

	@pytest.mark.parametrize("place", range(0, 80, 7))
	def test_one_changed_byte_is_always_the_same_refusal(self, place):
		# Also in the padding: a different answer there would let a stranger make checksums block by block.
		sealed = bytearray(base64.b64decode(PAYTM))
		sealed[place] ^= 1
		assert reason(self.SCHEME, self.form(base64.b64encode(sealed).decode()), self.KEY) == "mismatch"

	@pytest.mark.parametrize("key", ["short", "x" * 17, "ü" * 16 + "x"])
	def test_keys_aes_does_not_have(self, key):
		assert reason(self.SCHEME, self.form(PAYTM), key) == "bad_secret"
		with pytest.raises(ConfigurationError, match="16, 24 or 32"):
			check_secret(self.SCHEME, Secret(key), NOW)

	def test_the_values_of_a_form_do_not_prove_what_stands_in_json(self):
		# The payer's browser carries the form of an own payment; one without a bank begins with an empty value.
		seal = sealed("|M1|O1|TXN_SUCCESS", self.KEY)
		own = [
			("BANKNAME", ""),
			("MID", "M1"),
			("ORDERID", "O1"),
			("STATUS", "TXN_SUCCESS"),
			("CHECKSUMHASH", seal),
		]
		assert verify(self.SCHEME, request([FORM], urlencode(own).encode()), secrets(self.KEY), NOW)
		forged = json.dumps({"CHECKSUMHASH": seal, "ORDERID": "O2", "STATUS": "TXN_SUCCESS"})
		# Read as a form, these bytes have the values that were signed, between two names that do not count.
		body = '{"z=TXN_SUCCESS&a=M1&b=O1&":1,' + forged.replace("=", "\\u003d")[1:]
		assert reason(self.SCHEME, request([JSON], body.encode()), self.KEY) == "malformed"

	def test_a_signed_member_does_not_prove_the_fields_of_a_form(self):
		signed = '{"orderId":"O1"}'
		seal = quote(sealed(signed, self.KEY), safe="")
		body = f'{{"head":{{"x":"&head[signature]={seal}&body[orderId]=O2&y="}},"body":{signed}}}'
		assert reason(scheme_of("paytm_json"), request([FORM], body.encode()), self.KEY) == "malformed"

	def test_a_second_field_of_the_same_name(self):
		inbound = request([FORM], self.form(PAYTM).body + b"&TXNAMOUNT=99.00")
		assert reason(self.SCHEME, inbound, self.KEY) == "malformed"


ANY_TEXT = st.text(max_size=60) | st.text("tv10=,:. \x00\xffsha256=", max_size=60)
HEADERS = sorted(
	{value["signature"]["header"] for value in SCHEMES.values() if "header" in value.get("signature", {})}
	| {"Content-Type", "Authorization", "webhook-id", "webhook-timestamp", "webhook-signature", "credential"}
	| {"X-Slack-Request-Timestamp", "X-HubSpot-Request-Timestamp", "PAYPAL-TRANSMISSION-TIME"}
	| {"PAYPAL-TRANSMISSION-ID", "PAYPAL-CERT-URL", "x-api-key"}
)
CONTENT_TYPES = st.sampled_from(["application/json", "application/xml", FORM[1], "", "x; charset=\ud800"])


@st.composite
def requests(draw):
	pairs = draw(st.lists(st.tuples(st.sampled_from(HEADERS), ANY_TEXT), max_size=6))
	pairs.append(("content-type", draw(CONTENT_TYPES)))
	body = draw(
		st.binary(max_size=80)
		| st.dictionaries(
			st.sampled_from(["token", "head", "body", "id", "type"]), st.text(max_size=5) | st.none()
		).map(lambda value: json.dumps(value).encode())
		| st.text("CHECKSUMHASH=&%+a[]1", max_size=40).map(str.encode)
	)
	url = draw(st.just(URL) | st.text(max_size=30).map(lambda text: "https://h/" + text) | ANY_TEXT)
	return inbound_request(draw(st.sampled_from(["POST", "GET", "x"])), url, pairs, body)


@pytest.mark.parametrize("name", sorted(SCHEMES))
@given(requests(), st.lists(st.text(max_size=20).map(Secret), max_size=2), st.integers(0, 2**33))
@settings(max_examples=40, deadline=None)
def test_whatever_comes_only_one_error_leaves(name, inbound, some_secrets, now):
	with pytest.raises(VerificationError) as caught:
		verify(scheme_of(name, webhook_id="WH-1"), inbound, some_secrets, now)
	assert caught.value.reason in REASONS


@given(st.binary(max_size=200), st.text("abcdef", min_size=1), st.integers(0, 200))
@settings(deadline=None)
def test_any_body_that_is_signed_is_accepted_and_no_changed_one(body, secret, place):
	digest = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
	headers = [("X-Shopify-Hmac-Sha256", digest)]
	assert verify(SHOPIFY_SCHEME, request(headers, body), secrets(secret), NOW)
	changed = body[:place] + b"\x01" + body[place:]
	assert reason(SHOPIFY_SCHEME, request(headers, changed), secret) == "mismatch"


def test_nothing_secret_shows():
	scheme = scheme_of("stripe")
	inbound = request(
		[("Stripe-Signature", STRIPE)], b'{"card":"canary-body"}', url=URL + "?secret=canary-query"
	)
	with pytest.raises(VerificationError) as caught:
		verify(scheme, inbound, secrets("canary-secret"), NOW)
	shown = f"{caught.value!r} {caught.value} {caught.value.__dict__} {scheme!r}"
	assert "canary" not in shown
	assert "canary-body" not in repr(inbound)
