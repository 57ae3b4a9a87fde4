"""What the shipped presets ask for: each entry says where it is found, and its form is checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.inputs import Input, entry_of
from erp_connect.core.presets.reading import read_preset

PRESETS = Path(__file__).resolve().parents[4] / "presets"
# What stands beside an entry when an account is made is about 110 characters wide.
TWO_LINES = 220
# Of these no vendor has a page: their secrets are made by whoever runs the other side.
NO_VENDOR = {
	"attendance",
	"custom_rest",
	"standard_webhooks",
	"storefront_key_token",
	"storefront_user_password",
}
# Any text can be one.
FREE = {
	("attendance", "username"),
	("attendance", "password"),
	("custom_rest", "username"),
	("custom_rest", "password"),
	("google_drive", "documents"),
	("opencart", "api_username"),
	("shiprocket", "password"),
	("shiprocket", "pickup_location"),
}
ASKED = [
	pytest.param(file.parent.name, asked, id=f"{file.parent.name}-{asked.key}")
	for file in sorted(PRESETS.glob("*/preset.json"))
	for asked in read_preset(file.read_text(encoding="utf-8"), file.parent.name).inputs
]


@pytest.mark.parametrize(("system", "asked"), ASKED)
class TestAsked:
	def test_two_lines_say_what_it_is(self, system: str, asked: Input):
		assert 0 < len(asked.help) <= TWO_LINES

	def test_a_page_shows_where_secrets_and_ids_are_found(self, system: str, asked: Input):
		if system not in NO_VENDOR and (
			asked.secret or asked.of_app or re.search(r"\bid\b", asked.title, re.I)
		):
			assert asked.link and asked.link.startswith("https://")

	def test_its_form_is_checked(self, system: str, asked: Input):
		assert asked.pattern or asked.choices or asked.doctype or (system, asked.key) in FREE

	def test_what_it_shows_is_taken(self, system: str, asked: Input):
		for shown in (asked.example, asked.default):
			if shown and not asked.doctype:
				assert entry_of(asked, shown)


def asked_for(system: str, key: str) -> Input:
	return next(each.values[1] for each in ASKED if each.values[0] == system and each.values[1].key == key)


@pytest.mark.parametrize(
	("system", "key", "good", "bad"),
	[
		("razorpay", "key_secret", "aBcDeFgHiJkLmNoPqRsTuVwX", "Key Secret"),
		(
			"paypal",
			"client_secret",
			"EGnHDxD_qRPdaLdZz8iCr8N7_MzF-YHPTkjs6NKYQvQSBngp4PTTVWkPZRbL",
			"see below",
		),
		(
			"salesforce",
			"private_key",
			"-" * 5 + "BEGIN PRIVATE KEY" + "-" * 5 + "\nMIIE\nvQ==\n",
			"server.key",
		),
		("google_drive", "key_file", '{\n "type": "service_account"\n}\n', "key.json"),
		("opencart", "history_route", "api/sale/order|addHistory", "api/order history"),
		("erpnext", "address", "http://erp.local:8000", "erp.local"),
	],
)
def test_forms(system: str, key: str, good: str, bad: str):
	asked = asked_for(system, key)
	assert entry_of(asked, good)
	with pytest.raises(ConfigurationError) as refused:
		entry_of(asked, bad)
	assert refused.value.code == "input" and bad not in str(refused.value)
