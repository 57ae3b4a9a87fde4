"""A preset's file: what it may hold, what is put together from others, and that a mistake is told with its place."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.extending import extended
from erp_connect.core.presets.inputs import Input, asked_for, entered, entry_of, shown
from erp_connect.core.presets.reading import read_preset

MINIMAL = {"format": "erp_connect.preset", "version": 2, "name": "X", "title": "System X"}
FLOW = {"mapping": {"mapping_name": "A", "document_type": "Item"}}


def read(**parts):
	return read_preset(json.dumps({**MINIMAL, **parts}), "x.json")


def refuse(**changes) -> str:
	with pytest.raises(ConfigurationError) as caught:
		read(**changes)
	assert caught.value.code == "bad_preset"
	assert "x.json" in str(caught.value)
	return str(caught.value)


def test_the_least_is_enough():
	preset = read()
	assert (preset.name, dict(preset.settings), preset.flows, preset.way("")) == ("X", {}, (), None)


def test_a_file_of_version_one_is_read():
	preset = read(
		version=1,
		settings={"auth_type": "None"},
		base_url_hint="https://x.example",
		parameters=[{"place": "Header", "key": "Accept-Version", "value": "2"}],
		flows=[{"description": "f", **FLOW}],
		notes=["n"],
		sources=[{"fact": "f", "address": "https://x.example/docs"}],
	)
	assert preset.flow("A").mapping["document_type"] == "Item"
	assert preset.parameters[0].key == "Accept-Version"
	assert (preset.notes, preset.example_address) == (("n",), "https://x.example")
	with pytest.raises(ConfigurationError, match="no flow B"):
		preset.flow("B")


@pytest.mark.parametrize(
	("changes", "place"),
	[
		({"format": "other"}, "format"),
		({"version": 3}, "version"),
		({"name": ""}, "name"),
		({"title": None}, "title"),
		({"settings": []}, "settings"),
		({"settings": {"auth_type": ["None"]}}, "settings.auth_type"),
		({"flows": {}}, "flows"),
		({"flows": [{}]}, "flows.0.mapping"),
		({"flows": ["x"]}, "flows.0"),
		({"flows": [FLOW, {"mapping": {"mapping_name": "A"}}]}, "flows.1.mapping: document_type"),
		({"flows": [{**FLOW, "value_maps": [1]}]}, "flows.0.value_maps"),
		({"flows": [FLOW] * 2}, "two flows are named A"),
		({"flows": [{"mapping": {**FLOW["mapping"], "rows": [{"use": "b"}]}}]}, "fragment b"),
		({"parameters": [{"place": "Header", "key": "A", "secret": "B"}]}, "parameters.0.secret"),
		({"parameters": [{"place": "Cookie", "key": "A", "value": "B"}]}, "parameters.0.place"),
		({"notes": [1]}, "notes.0"),
		({"sources": [{"fact": "f", "address": "http://x.example"}]}, "sources.0.address"),
		({"script": "x"}, "script"),
		({"inputs": [{"key": "A b", "title": "T"}]}, "inputs.0.key"),
		({"inputs": [{"key": "a", "title": "T", "pattern": "["}]}, "inputs.0: the pattern"),
		({"inputs": [{"key": "a", "title": "T", "filters": {"x": 1}}]}, "inputs.0: filters"),
		({"inputs": [{"key": "a", "title": "T", "secret": True}]}, "inputs.0: a secret needs fills"),
		({"inputs": [{"key": "a", "title": "T"}] * 2}, "two inputs are named a"),
		({"inputs": [{"key": "a", "title": "T", "auth": ["z"]}]}, "way to authenticate z"),
		({"auth": [{"key": "a", "title": "T", "settings": {"token": "x"}}]}, "auth.0.settings: token"),
		({"environments": [{"name": "Test", "base_url": "https://x.example"}]}, "environments.0.name"),
		({"environments": [{"name": "Sandbox", "base_url": "ftp://x.example"}]}, "environments.0.base_url"),
		({"answers": [{"verdict": "Perhaps"}]}, "answers"),
		({"answers": [{"statuses": "x", "verdict": "Refused"}]}, "answers"),
		({"webhooks": {"schemes": {}}}, "webhooks.schemes"),
		({"webhooks": {"schemes": {"a": {"kind": "magic"}}}}, "webhooks.schemes: a: The setting kind"),
		({"limits": {"rate": 0}}, "limits.rate"),
		({"check": [{"title": "T", "path": "/", "expect": "a ||"}]}, "check.0.expect"),
		({"check": [{"title": "T", "path": "/", "method": "PUT"}]}, "check.0.method"),
		({"sunset": "soon"}, "sunset"),
		({"release": "v1"}, "release"),
	],
)
def test_a_mistake_is_told_with_its_place(changes, place):
	assert place in refuse(**changes)


@pytest.mark.parametrize(
	"setting", ["token", "password", "api_secret", "signing_secret", "base_url", "user", "paused"]
)
def test_a_preset_cannot_bring_secrets_or_what_belongs_to_an_account(setting):
	assert setting in refuse(settings={setting: "x"})


def test_many_mistakes_are_told_up_to_a_number():
	told = refuse(**{f"part_{number}": 1 for number in range(9)})
	assert "part_4" in told and "part_5" not in told and "and 4 more" in told


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 10_000])
def test_what_is_not_json_is_refused(text):
	with pytest.raises(ConfigurationError, match=r"x\.json"):
		read_preset(text, "x.json")


# Inputs


def asked(**values) -> Input:
	return Input(**{"key": "shop", "title": "Shop", **values})


@pytest.mark.parametrize(
	"typed",
	[
		"my-shop", " my-shop ", "my-shop.myshopify.com", "https://my-shop.myshopify.com/",
		"HTTPS://my-shop.MyShopify.com/admin/settings",
	],
)  # fmt: skip
def test_what_people_paste_is_taken_for_what_is_meant(typed):
	shop = asked(prefix="https://", suffix=".myshopify.com", pattern="[a-z0-9][a-z0-9-]*")
	assert entry_of(shop, typed) == "my-shop"


@pytest.mark.parametrize(
	("values", "typed", "told"),
	[
		({}, "", "Shop is missing"),
		({}, None, "Shop is missing"),
		({"pattern": "[a-z]+", "example": "berlin"}, "Berlin 1", "It looks like this: berlin"),
		({"help": "It stands under Settings."}, "", "It stands under Settings."),
		({"choices": [{"value": "eu", "title": "Europe"}]}, "us", "one of: Europe"),
		({}, "x" * 1001, "more than 1000"),
	],
)
def test_what_does_not_fit_is_told_with_what_would(values, typed, told):
	with pytest.raises(ConfigurationError) as caught:
		entry_of(asked(**values), typed)
	assert told in str(caught.value) and caught.value.params["key"] == "shop"


def test_a_secret_that_does_not_fit_is_not_repeated():
	with pytest.raises(ConfigurationError) as caught:
		entry_of(asked(secret=True, fills="token", pattern="sk_.+"), "the-secret")
	assert "the-secret" not in str(caught.value) + repr(caught.value.params)


def test_defaults_and_what_may_be_left_out():
	assert entry_of(asked(default="eu"), "") == "eu"
	assert entry_of(asked(required=False), "  ") == ""


def test_only_what_counts_is_asked():
	preset = read(
		auth=[{"key": "token", "title": "T"}, {"key": "oauth", "title": "O"}],
		inputs=[
			{"key": "shop", "title": "S"},
			{"key": "token", "title": "T", "auth": ["token"]},
			{"key": "warehouse", "title": "W", "doctype": "Warehouse", "flows": ["Stock"]},
		],
	)
	keys = [asked.key for asked in asked_for(preset.inputs, "oauth", ("Stock", "Orders"))]
	assert keys == ["shop", "warehouse"]
	assert [asked.key for asked in asked_for(preset.inputs, "token", ())] == ["shop", "token"]


# Fragments, and presets that start from others


def test_a_fragment_is_put_in_where_it_is_used():
	rows = [
		{"source": "name", "target": "id"},
		{"use": "address", "at": "billing", "to": "billing_address", "direction": "Incoming"},
	]
	preset = read(
		fragments={"address": [{"source": "city", "target": "town", "transform": "Trim"}]},
		flows=[{"mapping": {**FLOW["mapping"], "rows": rows}}],
	)
	assert preset.flow("A").mapping["rows"][1] == {
		"source": "billing_address.city", "target": "billing.town", "transform": "Trim", "direction": "Incoming",
	}  # fmt: skip


def extend(base: dict, own: dict):
	known = {"B": read_preset(json.dumps({**MINIMAL, "name": "B", **base}), "b.json")}
	return extended(read(extends="B", **own), known.get)


def test_what_a_preset_leaves_out_is_that_of_the_other():
	base = {
		"settings": {"payload_format": "JSON", "test_path": "/a"},
		"inputs": [{"key": "shop", "title": "Shop"}, {"key": "store", "title": "Store"}],
		"answers": [{"statuses": "429", "verdict": "Slow down"}],
		"fragments": {"person": [{"source": "first_name", "target": "name"}]},
		"flows": [{"description": "d", "mapping": {**FLOW["mapping"], "remote_entity": "item"}}],
	}
	own = {
		"settings": {"test_path": "/b"},
		"inputs": [{"key": "store", "title": "Store view"}],
		"answers": [{"statuses": "409", "verdict": "Exists already"}],
		"flows": [
			{"mapping": {**FLOW["mapping"], "document_type": "Customer", "rows": [{"use": "person"}]}},
			{"mapping": {"mapping_name": "B", "document_type": "Contact"}},
		],
	}
	whole = extend(base, own)
	assert dict(whole.settings) == {"payload_format": "JSON", "test_path": "/b"}
	assert [asked.title for asked in whole.inputs] == ["Shop", "Store view"]
	assert [row["statuses"] for row in whole.answers] == ["409", "429"]
	assert (whole.name, whole.extends) == ("X", "")
	changed, new = whole.flows
	assert (changed.description, changed.mapping["remote_entity"]) == ("d", "item")
	assert changed.mapping["document_type"] == "Customer"
	assert changed.mapping["rows"] == [{"source": "first_name", "target": "name"}]
	assert new.name == "B"


def test_a_preset_without_its_base_is_refused():
	with pytest.raises(ConfigurationError, match="extends Nobody"):
		extended(read(extends="Nobody"), lambda name: None)
	circle = {name: read(name=name, extends=other) for name, other in (("A", "B"), ("B", "A"))}
	with pytest.raises(ConfigurationError, match="extends"):
		extended(circle["A"], circle.get)


def test_what_does_not_fit_together_is_told():
	with pytest.raises(ConfigurationError, match="way to authenticate z"):
		extend({}, {"inputs": [{"key": "a", "title": "T", "auth": ["z"]}]})


OAUTH = {"token_url": "https://{input.shop}.x.example/token"}
CLIENT = [
	{"key": "id", "title": "Id", "fills": "oauth:client_id"},
	{"key": "secret", "title": "Secret", "secret": True, "fills": "oauth:client_secret"},
]


def way(auth_type: str = "OAuth 2 Client Credentials", **oauth) -> list[dict]:
	return [{"key": "app", "title": "App", "settings": {"auth_type": auth_type}, "oauth": {**OAUTH, **oauth}}]


def test_the_server_of_an_environment():
	preset = read(auth=way(sandbox={"token_url": "https://sandbox.x.example/token"}), inputs=CLIENT)
	oauth = preset.way("app").oauth
	assert oauth.server("Sandbox").token_url == "https://sandbox.x.example/token"
	assert oauth.server("Production").token_url == OAUTH["token_url"]
	alike = read(auth=way(), inputs=CLIENT).way("app").oauth
	assert alike.server("Sandbox").token_url == OAUTH["token_url"]


@pytest.mark.parametrize(
	("changes", "told"),
	[
		({"auth": way("Basic")}, "a way with oauth has the auth_type OAuth 2 Client Credentials or"),
		({"auth": way("OAuth 2 Authorization Code")}, "needs an authorization_url"),
		(
			{"inputs": CLIENT[:1]},
			"the way to authenticate app asks for oauth:client_id and oauth:client_secret",
		),
		({"inputs": [*CLIENT, {**CLIENT[0], "key": "other"}]}, "once each"),
		({"auth": [{"key": "app", "title": "App"}]}, "asks for no client of an app"),
		({"inputs": [{**CLIENT[0], "secret": True}, CLIENT[1]]}, "which is no secret"),
		({"inputs": [{**CLIENT[0], "fills": "oauth:realm"}, CLIENT[1]]}, "which is no secret"),
	],
)
def test_what_makes_a_connected_app_is_whole(changes, told):
	assert told in refuse(**{"auth": way(), "inputs": CLIENT, **changes})


def test_a_key_file_is_a_secret_of_more_characters_than_other_entries():
	key = Input(key="key", title="Key file", secret=True, fills="jwt_key")
	assert entry_of(key, "k" * 3000) == "k" * 3000
	with pytest.raises(ConfigurationError, match="more than 8000"):
		entry_of(key, "k" * 8001)
	with pytest.raises(ConfigurationError, match="more than 1000"):
		entry_of(Input(key="name", title="Name"), "k" * 1001)


CENTRE = {
	"key": "centre",
	"title": "Centre",
	"taken_from": {"input": "api_key", "pattern": "-([a-z]+[0-9]+)$"},
}


def test_an_input_is_taken_from_another_entry_and_asked_for_where_that_is_not():
	key = Input.model_validate(
		{"key": "api_key", "title": "Key", "secret": True, "fills": "token", "auth": ["key"]}
	)
	centre = Input.model_validate(CENTRE)
	assert entered(centre, {"api_key": " 0a1b-us21 "}) == "us21"
	assert entered(centre, {"api_key": "0a1b", "centre": "us1"}) is None
	assert entered(centre, {"centre": "us1"}) == "us1"
	asked = list(shown((key, centre), ("key", "person")))
	assert [(one.key, one.auth) for one in asked] == [("api_key", ("key",)), ("centre", ("person",))]
	everywhere = key.model_copy(update={"auth": ()})
	assert [one.key for one in shown((everywhere, centre), ("key", "person"))] == ["api_key"]


def test_what_an_input_is_taken_from_has_to_be_asked_for_and_found():
	assert "which is not asked for" in refuse(inputs=[CENTRE])
	assert "one group" in refuse(
		inputs=[{**CENTRE, "taken_from": {"input": "api_key", "pattern": "us[0-9]"}}]
	)
