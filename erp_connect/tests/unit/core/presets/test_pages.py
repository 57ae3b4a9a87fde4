"""Pages on which people see a record of the outside: an id and an input fill their places, and lead nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.extending import extended
from erp_connect.core.presets.pages import page_of
from erp_connect.core.presets.reading import read_preset

MINIMAL = {"format": "erp_connect.preset", "version": 2, "name": "X", "title": "System X"}
SHOP = "https://shop.example.com/store"
PRESETS = Path(__file__).resolve().parents[4] / "presets"


def read(**parts):
	return read_preset(json.dumps({**MINIMAL, **parts}), "x.json")


def page(template: str, external_id: str, base: str = SHOP, **inputs: str) -> str:
	return page_of(read(pages={"order": template}).pages["order"], base, external_id, inputs)


def test_below_the_address_of_the_account_with_its_folder():
	assert page("/orders?post={id}&action=edit", "17") == f"{SHOP}/orders?post=17&action=edit"
	assert page("/orders/{id}", "17", base="") == ""


def test_parts_of_an_id():
	template = "/products/{split(id, ':')[0]}/variants/{split(id, ':')[1]}"
	assert page(template, "7:8:9") == f"{SHOP}/products/7/variants/8"
	assert page(template, "7") == ""


def test_elsewhere_with_an_input_in_the_host():
	template = "https://crm.{input.centre}/tab/{input.tab}/{id}"
	assert (
		page(template, "17", base="", centre="example.eu", tab="a b") == "https://crm.example.eu/tab/a%20b/17"
	)
	assert page(template, "17", centre="", tab="a") == page(template, "17", tab="a") == ""


@pytest.mark.parametrize(
	"value", ["evil.example/", "a@evil.example", "a:1", "a b", ".", "a?b", "a#b", "a\\b"]
)
def test_an_input_leads_to_no_other_place(value):
	assert page("https://crm.{input.centre}/{id}", "17", centre=value) == ""


@pytest.mark.parametrize("value", ["..", ".", "a\nb", ""])
def test_an_id_that_is_no_part_of_a_path_has_no_page(value):
	assert page("/orders/{id}/edit", value) == ""


def test_an_id_stays_in_its_place():
	assert page("/orders/{id}", "a/b?c#d@e") == f"{SHOP}/orders/a%2Fb%3Fc%23d%40e"


@pytest.mark.parametrize(
	("template", "reason"),
	[
		("orders/{id}", "begins with /"),
		("http://shop.example.com/{id}", "begins with /"),
		("javascript:alert(1)//{id}", "begins with /"),
		("//evil.example/{id}", "begins with /"),
		("https://{id}.example.com/x", "host"),
		("https://shop.example.com", "begins with /"),
		("/orders/{number}", "no number"),
		("/orders/{id", "brace"),
	],
)
def test_what_cannot_be_used_is_told_with_its_place(template, reason):
	with pytest.raises(ConfigurationError, match=reason) as caught:
		read(pages={"order": template})
	assert "pages.order" in str(caught.value)


def test_a_preset_that_extends_another_has_its_pages_and_its_own():
	pages = {"order": "/orders/{id}", "customer": "/customers/{id}"}
	base = read(pages=pages, sandbox_pages=pages)
	own = read(name="Y", extends="X", pages={"order": "/sales/{id}"}, sandbox_pages={"order": "/test/{id}"})
	whole = extended(own, {"X": base}.get)
	assert dict(whole.pages) == {"order": "/sales/{id}", "customer": "/customers/{id}"}
	assert dict(whole.sandbox_pages) == {"order": "/test/{id}", "customer": "/customers/{id}"}


def test_the_sandbox_has_its_own_pages_and_those_below_its_address():
	elsewhere = "https://live.example.com/{id}"
	preset = read(
		pages={"order": "/orders/{id}", "payment": elsewhere, "refund": elsewhere},
		sandbox_pages={"payment": "https://test.example.com/{id}"},
	)
	kinds = ("order", "payment", "refund", "nothing")
	assert [preset.page(kind, sandbox=False) for kind in kinds] == ["/orders/{id}", elsewhere, elsewhere, ""]
	assert [preset.page(kind, sandbox=True) for kind in kinds] == [
		"/orders/{id}", "https://test.example.com/{id}", "", "",
	]  # fmt: skip


@pytest.mark.parametrize("file", sorted(PRESETS.glob("*/preset.json")), ids=lambda file: file.parent.name)
def test_shipped_presets_have_pages_of_what_their_flows_speak_of(file):
	preset = read_preset(file.read_text(encoding="utf-8"), file.parent.name)
	entities = {flow.mapping.get("remote_entity") for flow in preset.flows}
	keys = {asked.key for asked in preset.inputs}
	assert set(preset.pages) | set(preset.sandbox_pages) <= entities
	if preset.sandbox_pages:
		assert "Sandbox" in [place.name for place in preset.environments]
	for entity, template in (*preset.pages.items(), *preset.sandbox_pages.items()):
		filled = page_of(template, SHOP, "1:2:3", dict.fromkeys(keys, "x.example"))
		assert filled.startswith("https://"), (entity, template)
