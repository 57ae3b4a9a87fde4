"""Inputs of an account in texts and addresses: they stay in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.values.inputs import filled, filled_address, named_in

SHOP = "https://{input.shop}.example.com/{input.store}/api"


def test_inputs_are_put_where_they_are_named():
	assert filled("{input.a}-{input.b_2}", {"a": "x", "b_2": "{input.a}"}) == "x-{input.a}"
	assert named_in(SHOP) == {"shop", "store"}


@pytest.mark.parametrize("text", ["", '{"a": 1}', "{input}", "{input.A}", "{{input.a b}}", "{ input.a }"])
def test_other_braces_stay(text):
	assert filled(text, {}) == text


@pytest.mark.parametrize("inputs", [{}, {"shop": ""}])
def test_a_missing_input_is_told(inputs):
	with pytest.raises(ConfigurationError, match="input shop is not set"):
		filled(SHOP, inputs)


@pytest.mark.parametrize(
	("address", "inputs", "expected"),
	[
		(SHOP, {"shop": "mine", "store": "de"}, "https://mine.example.com/de/api"),
		(SHOP, {"shop": "a.b-1", "store": "a/../b ?#"}, "https://a.b-1.example.com/a%2F..%2Fb%20%3F%23/api"),
		("{input.site}/wp-json", {"site": "https://shop.example/"}, "https://shop.example/wp-json"),
		("https://x.example:8443", {}, "https://x.example:8443"),
	],
)
def test_addresses(address, inputs, expected):
	assert filled_address(address, inputs) == expected


@given(st.text(max_size=30))
def test_no_value_leaves_its_place_in_a_host(value):
	try:
		address = filled_address("https://{input.shop}.example.com/x", {"shop": value})
	except ConfigurationError:
		return
	host = address.removeprefix("https://").split("/")[0]
	assert host.endswith(".example.com") and not set(host) & set("@:?#\\ ")
	assert address.endswith(".example.com/x")
