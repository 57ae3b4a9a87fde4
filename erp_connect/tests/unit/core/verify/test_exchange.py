"""Challenges and questions: the requests that are no events, and the proof that takes an answer."""

from __future__ import annotations

import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify.verification import (
	VerificationError,
	callback_request,
	challenge_answer,
	confirm,
	inbound_request,
	scheme_from_dict,
	verify,
)
from erp_connect.tests.unit.core.verify.schemes import SCHEMES, scheme_of

NOW = 1_700_000_000
URL = "https://example.com/hook"
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
SECRETS = [Secret("old"), Secret("s-1")]


def answer(name, headers=(), body=b"", method="POST", url=URL, secrets=SECRETS, now=NOW):
	return challenge_answer(scheme_of(name), inbound_request(method, url, headers, body), secrets, now)


class TestSlack:
	@staticmethod
	def request(body: bytes, secret: bytes = b"s-1"):
		digest = hmac.new(secret, b"v0:1700000000:" + body, "sha256").hexdigest()
		return [
			JSON,
			("X-Slack-Request-Timestamp", "1700000000"),
			("X-Slack-Signature", "v0=" + digest),
		], body

	def test_the_challenge_goes_back(self):
		reply = answer("slack", *self.request(b'{"type":"url_verification","challenge":"3eZbrw"}'))
		assert (reply.status, reply.content_type) == (200, "application/json")
		assert json.loads(reply.body) == {"challenge": "3eZbrw"}

	def test_not_without_proof(self):
		body = b'{"type":"url_verification","challenge":"3eZbrw"}'
		assert answer("slack", [JSON], body) is None
		assert answer("slack", *self.request(body, b"wrong")) is None
		assert answer("slack", *self.request(body), now=NOW + 400) is None
		assert answer("slack", *self.request(body), secrets=[]) is None

	@pytest.mark.parametrize(
		"body",
		[
			b'{"type":"event_callback","challenge":"x"}',
			b'{"type":["url_verification"],"challenge":"x"}',
			b'{"type":"url_verification"}',
			b'{"type":"url_verification","challenge":{"a":1}}',
			b'{"type":"url_verification","challenge":"a\\nb"}',
			'{"type":"url_verification","challenge":"ü"}'.encode(),
			b'{"type":"url_verification","challenge":"%s"}' % (b"x" * 1001),
			b'{"type":"url_verification"',
			b"[" * 10_000,
			b"",
		],
	)
	def test_no_challenge(self, body):
		assert answer("slack", *self.request(body)) is None


class TestOthers:
	def test_the_ping_of_woocommerce_comes_unsigned(self):
		reply = answer("woocommerce", [FORM], b"webhook_id=12")
		assert (reply.status, reply.body) == (200, b"")
		assert answer("woocommerce", [FORM], b"webhook_id=12", secrets=[])

	@pytest.mark.parametrize(
		("headers", "body", "method"),
		[
			([FORM], b"webhook_id=12&order=1", "POST"),
			([FORM], b"order=1", "POST"),
			([FORM], b"", "POST"),
			([JSON], b'["webhook_id"]', "POST"),
			([JSON], b"not json", "POST"),
			([FORM], b"webhook_id=12", "GET"),
		],
	)
	def test_other_unsigned_bodies_are_no_ping(self, headers, body, method):
		assert answer("woocommerce", headers, body, method) is None

	def test_mailchimp_looks_whether_the_address_answers(self):
		assert answer("mailchimp", method="GET", url=URL + "?secret=s-1").status == 200
		assert answer("mailchimp", method="GET", url=URL + "?secret=s-2") is None
		assert answer("mailchimp", method="GET") is None
		assert answer("mailchimp", [FORM], b"type=subscribe", url=URL + "?secret=s-1") is None

	def test_google_opens_a_channel(self):
		token = ("X-Goog-Channel-Token", "s-1")
		assert answer("google_drive", [token, ("X-Goog-Resource-State", "sync")]).status == 200
		assert answer("google_drive", [("X-Goog-Resource-State", "sync")]) is None
		assert answer("google_drive", [token, ("X-Goog-Resource-State", "change")]) is None

	def test_a_hub_verifies_the_subscription(self):
		query = "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
		reply = answer("hub", method="GET", url=URL + query + "s-1")
		assert (reply.content_type, reply.body) == ("text/plain; charset=utf-8", b"1158201444")
		assert answer("hub", method="GET", url=URL + query + "s-2") is None
		assert answer("hub", method="GET", url=URL + query) is None
		assert answer("hub", method="GET", url=URL + query + "s-1&hub.verify_token=s-1") is None
		assert answer("hub", method="GET", url=URL + query + "s-1", secrets=[]) is None
		assert answer("hub", method="GET", url=URL + query + "s-1", secrets=[Secret("")]) is None
		assert answer("hub", method="POST", url=URL + query + "s-1") is None
		assert answer("hub", method="GET", url=URL + "?hub.verify_token=s-1") is None

	def test_html_goes_back_as_text_only(self):
		url = URL + "?hub.challenge=%3Cscript%3E&hub.verify_token=s-1"
		assert answer("hub", method="GET", url=url).content_type.startswith("text/plain")

	def test_an_empty_token_fits_no_empty_secret(self):
		url = URL + "?hub.challenge=1&hub.verify_token="
		assert answer("hub", method="GET", url=url, secrets=[Secret("")]) is None

	def test_a_text_under_a_name(self):
		scheme = scheme_from_dict(
			{
				"kind": "basic",
				"challenge": {
					"when": {"header": "X-Ping"},
					"answer": {"text": "pong", "name": "x"},
					"verified": False,
				},
			}
		)
		ping = inbound_request("POST", URL, [("X-Ping", "1")], b"")
		assert challenge_answer(scheme, ping, [], NOW).body == b'{"x": "pong"}'
		assert challenge_answer(scheme, inbound_request("POST", URL, [("X-Ping", "")], b""), [], NOW) is None


@given(
	st.sampled_from(sorted(SCHEMES)),
	st.sampled_from(["GET", "POST"]),
	st.binary(max_size=30) | st.text('{}[]"type:,webhook_id=1', max_size=30).map(str.encode),
	st.sampled_from([JSON, FORM]),
	st.text(max_size=20),
)
def test_no_stranger_gets_back_what_he_sent(name, method, body, content_type, text):
	url = URL + "?hub.challenge=echo-me&secret=" + text
	inbound = inbound_request(method, url, [content_type, ("X-Goog-Resource-State", "sync")], body)
	reply = challenge_answer(scheme_of(name, webhook_id="W"), inbound, [Secret("unguessable")], NOW)
	assert reply is None or reply.body == b""


PAYPAL = {
	"PAYPAL-AUTH-ALGO": "SHA256withRSA",
	"PAYPAL-CERT-URL": "https://api.paypal.com/v1/notifications/certs/CERT-1",
	"PAYPAL-TRANSMISSION-ID": "tr-1",
	"PAYPAL-TRANSMISSION-SIG": 'sig"',
	"PAYPAL-TRANSMISSION-TIME": "2023-11-14T22:13:20Z",
}


class TestCallback:
	SCHEME = scheme_of("paypal_callback", webhook_id="WH-HOOK")
	BODY = (
		'{"id": "WH-1", "event_type":"PAYMENT.CAPTURE.COMPLETED",  "amount": 10.50, "n":"\\u00fc ü"}'.encode()
	)

	def inbound(self, body=None, **changes):
		headers = {name: value for name, value in {**PAYPAL, **changes}.items() if value is not None}
		return inbound_request(
			"POST", URL, {**headers, "Content-Type": "application/json"}, body or self.BODY
		)

	def reason(self, call, *arguments):
		with pytest.raises(VerificationError) as caught:
			call(self.SCHEME, *arguments)
		return caught.value.reason

	def test_the_question_carries_the_event_byte_for_byte(self):
		question = callback_request(self.SCHEME, self.inbound(), NOW)
		assert (question.method, question.path) == ("POST", "/v1/notifications/verify-webhook-signature")
		assert b'"webhook_event":' + self.BODY + b"}" in question.body
		assert json.loads(question.body) == {
			"auth_algo": "SHA256withRSA",
			"cert_url": PAYPAL["PAYPAL-CERT-URL"],
			"transmission_id": "tr-1",
			"transmission_sig": 'sig"',
			"transmission_time": "2023-11-14T22:13:20Z",
			"webhook_id": "WH-HOOK",
			"webhook_event": json.loads(self.BODY),
		}

	@pytest.mark.parametrize(
		("body", "changes", "expected"),
		[
			(None, {"PAYPAL-TRANSMISSION-SIG": None}, "missing"),
			(None, {"PAYPAL-CERT-URL": ""}, "missing"),
			(None, {"PAYPAL-CERT-URL": "x" * 5000}, "too_long"),
			(None, {"PAYPAL-AUTH-ALGO": "ü"}, "malformed"),
			(b"not json", {}, "malformed"),
			(b'{"a":1}, "webhook_id": "WH-OTHER"', {}, "malformed"),
			(b'{"a":1,"a":2}', {}, "malformed"),
			(b"[" * 100_000, {}, "malformed"),
		],
	)
	def test_nobody_is_asked_about_garbage(self, body, changes, expected):
		assert self.reason(callback_request, self.inbound(body, **changes), NOW) == expected

	def test_yes(self):
		verified = confirm(self.SCHEME, self.inbound(), 200, b'{"verification_status":"SUCCESS"}', NOW)
		assert (verified.id, verified.topic) == ("WH-1", "PAYMENT.CAPTURE.COMPLETED")
		assert verified.id_signed

	@pytest.mark.parametrize(
		("status", "body"),
		[
			(200, b'{"verification_status":"FAILURE"}'),
			(200, b'{"verification_status":"success"}'),
			(200, b'{"verification_status":["SUCCESS"]}'),
			(200, b"{}"),
			(200, b""),
			(200, b"SUCCESS"),
			(200, b"<html>login</html>"),
			(200, b'{"verification_status":"FAILURE","verification_status":"SUCCESS"}'),
			(302, b'{"verification_status":"SUCCESS"}'),
			(401, b'{"verification_status":"SUCCESS"}'),
			(500, b'{"verification_status":"SUCCESS"}'),
			(200, b'{"verification_status":"SUCCESS"' + b" " * 100_000 + b"}"),
		],
	)
	def test_everything_else_is_no(self, status, body):
		assert self.reason(confirm, self.inbound(), status, body, NOW) == "mismatch"

	def test_verify_alone_never_accepts_it(self):
		assert self.reason(verify, self.inbound(), [Secret("s")], NOW) == "callback_needed"

	def test_a_time_that_is_checked_before_asking(self):
		scheme = scheme_from_dict(
			{
				**SCHEMES["paypal_callback"],
				"webhook_id": "W",
				"timestamp": {"header": "PAYPAL-TRANSMISSION-TIME", "unit": "iso"},
			}
		)
		assert callback_request(scheme, self.inbound(), NOW)
		yes = b'{"verification_status":"SUCCESS"}'
		assert confirm(scheme, self.inbound(), 200, yes, NOW).timestamp == NOW
		for late, expected in ((301, "stale"), (-301, "future")):
			for call in (
				lambda now: callback_request(scheme, self.inbound(), now),
				lambda now: confirm(scheme, self.inbound(), 200, yes, now),
			):
				with pytest.raises(VerificationError) as caught:
					call(NOW + late)
				assert caught.value.reason == expected

	def test_queries_and_texts(self):
		scheme = scheme_from_dict(
			{
				"kind": "callback",
				"callback": {
					"method": "PUT",
					"path": "/check",
					"body": {"token": {"query": "t"}, "kind": {"text": "x"}, "event": {"raw_body": True}},
					"success": "ok",
				},
			}
		)
		inbound = inbound_request("POST", URL + "?t=1", [JSON], b"\xef\xbb\xbf[1]\n")
		assert callback_request(scheme, inbound, NOW).body == b'{"token":"1","kind":"x","event":[1]}'

	def test_a_scheme_that_asks_nobody(self):
		for call in (
			lambda: callback_request(scheme_of("stripe"), self.inbound(), NOW),
			lambda: confirm(scheme_of("stripe"), self.inbound(), 200, b"{}", NOW),
		):
			with pytest.raises(ConfigurationError, match="kind callback"):
				call()
