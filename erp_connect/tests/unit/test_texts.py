"""Which texts of the sources are to be translated."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from erp_connect.commands import texts

APP = Path(__file__).resolve().parents[2]


def found(extract, source: str) -> list[str]:
	return [text for _, _, text, _ in extract(io.BytesIO(source.encode()), (), (), {})]


@pytest.mark.parametrize(
	("source", "expected"),
	[
		('_("Saved")', ["Saved"]),
		('_("It is " "long")', ["It is long"]),
		('f"{_(\'row {0}\').format(1)}: {text}"', ["row {0}"]),
		('raise BadRecord("The {name} is missing. Map it.", code="missing one")', ["The {name} is missing. Map it."]),
		('raise ValueError("it has a fraction")', ["it has a fraction"]),
		('raise ValueError("code")', []),
		('raise wrong(place, "must be a text")', ["must be a text"]),
		('reason = Whole("the value is empty")', ["the value is empty"]),
		('MESSAGES = {"record_gone": "The record is gone."}', ["Record gone", "The record is gone."]),
		('MESSAGES = {"url_body": "{url}{body}"}', []),
		('hold(code="order_draft", order="so_1")', ["Order draft"]),
		('NOBODY = "no_buyer"\nOTHER = "other"\nhold(code=NOBODY)', ["No buyer"]),
		('class Parked(Error):\n\tdefault_code = "parked"', ["Parked"]),
		('settle(event, outcome=OUTCOME)\nOUTCOME = "not_all_taken"', ["Not all taken", "Not all taken"]),
		('return {"outcome": "not_meant", "status": "skipped"}', ["Not meant"]),
		('hold(code=code, outcome="http 404")', []),
		('"""What this module is for."""', []),
		('frappe.db.sql("SELECT name FROM `tabToDo` WHERE name = \'.\'")', []),
		('frappe.get_meta("Sales Order")', []),
	],
)  # fmt: skip
def test_of_python(source, expected):
	assert found(texts.python, source) == expected


@pytest.mark.parametrize(
	("source", "expected"),
	[
		('frm.add_custom_button(__("Sync Now"), run);', ["Sync Now"]),
		('html`<b>${rows.map((row) => html`${__("Row {0}", [row])}`)}</b>`', ["Row {0}"]),
		('__("Says \\"no\\"")', ['Says "no"']),
		('const PLACE = "Offers";\n', ["Offers"]),
		('const PLACE = "offers";\n', []),
		("frappe.__dirname", []),
	],
)
def test_of_scripts(source, expected):
	assert found(texts.javascript, source) == expected


def test_of_presets():
	content = {
		"title": "Shop", "description": "Sells.", "notes": ["Slow."], "name": "shop",
		"inputs": [{"key": "kind", "title": "Kind", "help": "", "choices": [{"value": "a", "title": "Plain"}]}],
		"auth": [{"key": "key", "title": "By key", "help": "Copy it."}],
		"migrations": [{"release": "2", "changes": ["Faster.", "Cheaper."]}],
		"check": [{"title": "Who am I", "path": "/me", "told": "Ask them."}],
		"flows": [{"name": "f", "title": "Orders", "mapping": {"title": "of the account", "rows": [{"title": "no"}]}}],
	}  # fmt: skip
	assert sorted(found(texts.preset, json.dumps(content))) == sorted(
		[
			"Shop",
			"Sells.",
			"Slow.",
			"Kind",
			"Plain",
			"By key",
			"Copy it.",
			"Faster.",
			"Cheaper.",
			"Who am I",
			"Ask them.",
			"Orders",
		]
	)


def test_no_text_of_a_script_escapes():
	"""A text that is put together, or is not in double quotes, could not be found."""
	escaped = [
		f"{file.relative_to(APP)}: {found[0]}"
		for file in sorted(APP.rglob("*.js"))
		if "dist" not in file.parts
		for found in re.finditer(
			r"\b__\(\s*(['`]|\"(?:[^\"\\\n]|\\.)*\"\s*\+).{0,40}", file.read_text(encoding="utf-8")
		)
	]
	assert not escaped
