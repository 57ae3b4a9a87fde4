"""Secrets stay out of everything that is stored or shown."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.guard.redaction import (
	MASK,
	Redactor,
	Secret,
	cap,
	redact_json,
	redact_url,
)
from erp_connect.core.guard.sensitive import is_card, telling

CANARY = "c4nary/+s3cr&t=?"


class TestNames:
	@pytest.mark.parametrize(
		"name",
		[
			"password",
			"apiKey",
			"API-KEY",
			"api_key",
			"X-Shopify-Access-Token",
			"client_secret",
			"Authorization",
			"Set-Cookie",
			"X-WC-Webhook-Signature",
			"X-Shopify-Hmac-Sha256",
			"dhl-api-key",
			"LicenceKey",
			"cardNumber",
			"CVV",
			"accessToken",
			"consumer_key",
			"CHECKSUMHASH",
			"userPassword",
			"newpassword",
			"JWTToken",
		],
	)
	def test_telling(self, name):
		assert telling(name)

	@pytest.mark.parametrize(
		"name",
		[
			"name",
			"customer",
			"pincode",
			"pin_code",
			"account_number",
			"key",
			"token_type",
			"nextPageToken",
			"compass",
		]
		+ ["authorizations", "Idempotency-Key", "passenger", "webhook-id", "description", "author"],
	)
	def test_harmless(self, name):
		assert not telling(name)

	@pytest.mark.parametrize("number", ["4111111111111111", "4111 1111 1111 1111", "378282246310005"])
	def test_cards(self, number):
		assert is_card(number)

	@pytest.mark.parametrize("number", ["4111111111111112", "1234567890123", "0000000000000000", "12"])
	def test_other_numbers(self, number):
		assert not is_card(number)


class TestHeaders:
	def test_values_go_schemes_stay(self):
		shown = Redactor().headers(
			{
				"Authorization": "Bearer abcdef",
				"X-Api-Key": "k",
				"Accept": "text/html",
				"Cookie": "sid=1",
				"X-Token": "",
			}
		)
		assert shown == {
			"Authorization": f"Bearer {MASK}",
			"X-Api-Key": MASK,
			"Accept": "text/html",
			"Cookie": MASK,
			"X-Token": "",
		}

	def test_names_of_the_account_are_hidden_too(self):
		assert Redactor(names=["X-Shop-Pass-Thing"]).headers({"x-shop-pass-thing": "v"}) == {
			"x-shop-pass-thing": MASK
		}

	def test_a_secret_under_a_harmless_name(self):
		assert Redactor([CANARY]).headers([("X-Trace", f"a {CANARY} b")]) == {"X-Trace": f"a {MASK} b"}


class TestJson:
	def test_nested(self):
		given_data = {
			"user": {"password": "p", "name": "n", "otp": 123456},
			"list": [{"token": "t"}, {"name": "api_key", "value": "v"}, {"name": "colour", "value": "red"}],
			"secret": {"deep": [1]},
			"empty": {"password": None, "token": "", "secret": False},
			"card": "pay with 4111 1111 1111 1111 please",
			"number": 4111111111111111,
			"order": 123456789012345678,
		}
		kept = copy.deepcopy(given_data)
		assert redact_json(given_data) == {
			"user": {"password": MASK, "name": "n", "otp": MASK},
			"list": [{"token": MASK}, {"name": "api_key", "value": MASK}, {"name": "colour", "value": "red"}],
			"secret": MASK,
			"empty": {"password": None, "token": "", "secret": False},
			"card": f"pay with {MASK} please",
			"number": MASK,
			"order": 123456789012345678,
		}
		assert given_data == kept

	def test_depth_is_bounded(self):
		deep = value = {}
		for _ in range(500):
			value["a"] = {}
			value = value["a"]
		value["password"] = "p"
		assert '"p"' not in json.dumps(redact_json(deep))

	def test_a_body_is_redacted_as_json_when_it_is_json(self):
		assert Redactor().body('{"token": "t", "n": "ü"}') == f'{{"token":"{MASK}","n":"ü"}}'
		assert Redactor().body("token=t&n=1") == f"token={MASK}&n=1"


class TestUrls:
	@pytest.mark.parametrize(
		"url, shown",
		[
			("https://a.example/x?api_token=abc&page=2", f"https://a.example/x?api_token={MASK}&page=2"),
			("https://user:pw@a.example/", f"https://{MASK}@a.example/"),
			("https://a.example/x?api%5Fkey=abc", f"https://a.example/x?api%5Fkey={MASK}"),
			("https://a.example/x?q=1#f", "https://a.example/x?q=1#f"),
			("https://a.example/x?token", "https://a.example/x?token"),
		],
	)
	def test_what_tells_is_hidden(self, url, shown):
		assert redact_url(url) == shown

	def test_a_secret_in_the_path(self):
		hidden = Redactor(["T000/B000/xyz"]).url("https://hooks.example/T000/B000/xyz")
		assert hidden == f"https://hooks.example/{MASK}"

	def test_a_url_that_cannot_be_read(self):
		assert CANARY not in Redactor([CANARY]).url(f"https://[::1/{CANARY}")


class TestText:
	@pytest.mark.parametrize(
		"text",
		[
			CANARY,
			quote(CANARY),
			quote(CANARY, safe=""),
			quote_plus(CANARY),
			json.dumps(CANARY),
			json.dumps(CANARY).replace("/", "\\/"),
			base64.b64encode(CANARY.encode()).decode(),
			base64.urlsafe_b64encode(CANARY.encode()).decode(),
			base64.b64encode(f"user:{CANARY}".encode()).decode(),
			base64.b64encode(f"me:{CANARY}".encode()).decode(),
			base64.b64encode(f"m:{CANARY}".encode()).decode(),
		],
	)
	def test_every_writing_of_a_known_secret(self, text):
		for hide in (
			lambda value, secrets: Redactor(secrets).text(value),
			lambda value, secrets: Redactor(secrets).json({"note": value})["note"],
		):
			hidden = hide(f"before {text} after", [Secret(CANARY)])
			assert hidden.replace('"', "") == f"before {MASK} after"

	@given(st.text(min_size=4, max_size=30), st.text(max_size=30), st.text(max_size=30))
	def test_no_secret_survives(self, secret, before, after):
		hidden = Redactor([secret]).text(before + secret + after)
		assert secret not in hidden.replace(MASK, "\0") or secret in MASK

	@given(
		st.text(alphabet=st.characters(codec="utf-8"), min_size=6, max_size=30), st.text("abc:", max_size=7)
	)
	def test_no_secret_survives_in_basic_authentication(self, secret, user):
		encoded = base64.b64encode(f"{user}{secret}".encode()).decode()
		assert encoded not in Redactor([secret]).text(f"sent {encoded}!")

	@pytest.mark.parametrize(
		"text, shown",
		[
			("Authorization: Bearer abcdefghij", f"Bearer {MASK}"),
			("got Basic dXNlcjpwdw== back", f"got Basic {MASK} back"),
			("token abc123:def456", f"token {MASK}"),
			('{"api_key": "abc", "x": 1', f'{{"api_key": "{MASK}", "x": 1'),
			("password=hunter2 next", f"password={MASK} next"),
			("&_csrf_token=abc", f"&_csrf_token={MASK}"),
			("card 4111111111111111.", f"card {MASK}."),
		],
	)
	def test_credentials_by_their_form(self, text, shown):
		assert Redactor().text(text).endswith(shown)

	def test_ordinary_text_stays(self):
		text = "Sales Order SO-2026-0001 of 1234567890123 sent, 3 items: pens, ink. Basic needs met."
		assert Redactor().text(text) == text

	def test_secrets_too_short_to_tell_are_left(self):
		assert Redactor(["a"]).text("a cat sat") == "a cat sat"

	@pytest.mark.parametrize(
		"text",
		[
			"A" * 10**6,
			"a" * 60 + " " * 10**6,
			'a="' * 10**5,
			"4" * 10**6,
			"token " * 10**5,
			"Basic " + "x" * 10**6,
		],
	)
	def test_hostile_text_does_not_take_long(self, text):
		started = time.process_time()
		Redactor([CANARY]).text(text)
		# Linear work takes a fraction of a second; anything worse takes minutes.
		assert time.process_time() - started < 3

	def test_printing_a_redactor_shows_nothing(self):
		assert CANARY not in repr(Redactor([CANARY])) + str(Redactor([CANARY]))


class TestCap:
	def test_short_text_stays(self):
		assert cap("abc", 3) == "abc"

	def test_long_text_says_how_long_it_was(self):
		capped = cap("x" * 1000, 100)
		assert len(capped) == 100 and capped.endswith("… [1000 characters in all]")

	@given(st.text(max_size=200), st.integers(0, 60))
	def test_never_longer_than_the_limit(self, text, limit):
		assert len(cap(text, limit)) <= max(limit, 0)


class TestSecret:
	def test_it_does_not_show_itself(self):
		secret = Secret(CANARY)
		shown = [str(secret), repr(secret), f"{secret}", f"{secret:>9}", "%s" % secret, repr({"a": [secret]})]  # noqa: UP031
		assert all("c4nary" not in text and MASK in text for text in shown)
		assert secret.reveal() == CANARY

	def test_it_does_not_travel(self):
		with pytest.raises(TypeError):
			pickle.dumps(Secret(CANARY))
		with pytest.raises(TypeError):
			json.dumps(Secret(CANARY))
		assert not hasattr(Secret(CANARY), "__dict__")

	def test_comparison_and_truth(self):
		assert Secret("a") == Secret("a") != Secret("b")
		assert Secret("a") != "a"
		assert Secret("a") and not Secret("")
		assert copy.deepcopy(Secret("a")) == Secret("a")
