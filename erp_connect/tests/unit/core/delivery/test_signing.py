"""Signatures, judged by the Standard Webhooks library and by vectors of other systems."""

from __future__ import annotations

import base64
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from erp_connect.core.delivery.signing import (
	SignatureError,
	check_template,
	compose_message,
	new_secret,
	secret_bytes,
	sign,
	sign_message,
	verify,
)
from erp_connect.core.errors import ConfigurationError, PayloadError

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
NOW = 1_700_000_000
BODY = '{"customer": "Ünï", "total": 10.50}'.encode()


class TestAgainstTheReferenceLibrary:
	def test_the_same_signature(self):
		ours = sign("msg_1", NOW, BODY, [SECRET])
		theirs = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(NOW, tz=timezone.utc), BODY.decode())
		assert ours["webhook-signature"] == theirs

	def test_the_library_verifies_what_we_sign_also_during_a_rotation(self):
		now = int(datetime.now(tz=timezone.utc).timestamp())
		headers = sign("msg_1", now, BODY, [OTHER, SECRET])
		assert Webhook(SECRET).verify(BODY, headers)
		assert Webhook(OTHER).verify(BODY, headers)

	@given(st.binary(min_size=24, max_size=64), st.text(max_size=40), st.integers(10**9, 2 * 10**9))
	def test_we_verify_what_the_library_signs(self, key, text, timestamp):
		secret = new_secret(key)
		signature = Webhook(secret).sign("id", datetime.fromtimestamp(timestamp, tz=timezone.utc), text)
		headers = {"Webhook-Id": "id", "Webhook-Timestamp": str(timestamp), "Webhook-Signature": signature}
		assert verify(headers, text.encode(), [secret], now=timestamp) == "id"


def test_a_published_vector_with_a_raw_secret():
	# BigCommerce signs with the client secret as plain text.
	headers = sign("msg_1", NOW, b'{"id":1}', ["clientsecret"])
	assert headers["webhook-signature"] == "v1,omHXePeQ9a/Ej09YA6sziFRgoz3FJP6vcn520jbFai4="


class TestVerify:
	def headers(self, **changes):
		return {**sign("msg_1", NOW, BODY, [SECRET]), **changes}

	def test_any_of_several_secrets(self):
		assert verify(self.headers(), BODY, [OTHER, SECRET], now=NOW) == "msg_1"

	def test_any_of_several_signatures(self):
		headers = sign("msg_1", NOW, BODY, [OTHER, SECRET])
		headers["webhook-signature"] = "v1a,abc " + headers["webhook-signature"]
		assert verify(headers, BODY, [SECRET], now=NOW) == "msg_1"

	@pytest.mark.parametrize("drift", [-300, 300])
	def test_inside_the_tolerance(self, drift):
		assert verify(self.headers(), BODY, [SECRET], now=NOW + drift)

	@pytest.mark.parametrize("drift", [-301, 301])
	def test_outside_the_tolerance_in_both_directions(self, drift):
		with pytest.raises(SignatureError, match="clock"):
			verify(self.headers(), BODY, [SECRET], now=NOW + drift)

	@pytest.mark.parametrize(
		"changes",
		[
			{"webhook-id": "msg_2"},
			{"webhook-timestamp": str(NOW + 1)},
			{"webhook-signature": "v1,AAAA"},
			{"webhook-signature": "v2," + "A" * 44},
			{"webhook-signature": ""},
			{"webhook-signature": "v1,é"},
			{"webhook-signature": "v1," + "A" * 5000},
			{"webhook-timestamp": "٣"},
			{"webhook-timestamp": "-1"},
			{"webhook-timestamp": "9" * 40},
			{"webhook-id": ""},
			{"webhook-id": "\ud800"},
		],
	)
	def test_forged_headers(self, changes):
		with pytest.raises(SignatureError):
			verify(self.headers(**changes), BODY, [SECRET], now=NOW)

	@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
	def test_missing_headers(self, missing):
		headers = self.headers()
		del headers[missing]
		with pytest.raises(SignatureError, match="not signed"):
			verify(headers, BODY, [SECRET], now=NOW)

	def test_a_changed_body(self):
		with pytest.raises(SignatureError):
			verify(self.headers(), BODY + b" ", [SECRET], now=NOW)

	def test_without_a_secret_nothing_verifies(self):
		with pytest.raises(SignatureError):
			verify(self.headers(), BODY, [], now=NOW)

	@given(
		st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text())
	)
	def test_nothing_but_its_own_error(self, headers):
		with pytest.raises(SignatureError):
			verify(headers, BODY, [SECRET], now=NOW)


class TestSecrets:
	def test_base64_with_or_without_padding_and_url_safe(self):
		for text in ("whsec_-_-_", "whsec_+/+/", "whsec_-_-_=="):
			assert secret_bytes(text) == base64.b64decode("+/+/")

	@pytest.mark.parametrize("bad", ["", "whsec_", "whsec_???", "whsec_a"])
	def test_unreadable_ones_are_refused_without_being_shown(self, bad):
		with pytest.raises(ConfigurationError) as caught:
			secret_bytes(bad)
		assert "???" not in str(caught.value)

	def test_new_ones_have_a_safe_length(self):
		assert len(secret_bytes(new_secret(bytes(32)))) == 32
		with pytest.raises(ValueError):
			new_secret(bytes(8))

	def test_nothing_is_signed_without_a_secret(self):
		with pytest.raises(ConfigurationError):
			sign("msg_1", NOW, BODY, [])


class TestComposedSignatures:
	@pytest.mark.parametrize(
		"template, parts, secret, encoding, expected",
		[
			# Slack's documented example of signing a request.
			(
				"v0:{timestamp}:{body}",
				{
					"timestamp": "1531420618",
					"body": b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
					b"G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
					b"collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F39770"
					b"0885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10"
					b"d2c447fce8b6703c",
				},
				"8f742231b10e8888abcd99yyyzzz85a5",
				"hex",
				"a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
			),
			(
				"{body}",
				{"body": b'{"id":820982911946154508}'},
				"hush",
				"base64",
				"qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I=",
			),
			(
				"{method}{url}{body}{timestamp_ms}",
				{
					"method": "POST",
					"url": "https://example.com/hook",
					"body": b'[{"eventId":1}]',
					"timestamp_ms": "1700000000000",
				},
				"cs",
				"base64",
				"RJadg/H3tIb7IY22wIh+G/AvLmF1sS1uFMNm9WodPgg=",
			),
		],
	)
	def test_vectors_of_other_systems(self, template, parts, secret, encoding, expected):
		message = compose_message(template, parts)
		assert sign_message("sha256", secret.encode(), message, encoding) == expected

	def test_values_are_put_in_once_and_as_they_are(self):
		parts = {"method": "{body}", "body": b"\xff{timestamp}"}
		assert compose_message("{method}|{body}", parts) == b"{body}|\xff{timestamp}"

	def test_unknown_parts_are_refused_when_the_account_is_saved(self):
		with pytest.raises(ConfigurationError, match="names secret, which does not exist"):
			check_template("{body}{secret}")
		with pytest.raises(ConfigurationError, match="no part"):
			check_template("constant")

	def test_a_part_this_request_lacks_is_named(self):
		with pytest.raises(PayloadError, match="uses id"):
			compose_message("{id}.{body}", {"body": b""})

	@pytest.mark.parametrize("algorithm, encoding", [("md5", "hex"), ("sha256", "base32"), ("new", "hex")])
	def test_only_known_algorithms(self, algorithm, encoding):
		with pytest.raises(ConfigurationError):
			sign_message(algorithm, b"key", b"", encoding)

	def test_no_signature_without_a_key(self):
		with pytest.raises(ConfigurationError):
			sign_message("sha256", b"", b"", "hex")
