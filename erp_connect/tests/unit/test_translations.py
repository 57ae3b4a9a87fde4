"""The translations are whole, and keep what the texts hold."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[2] / "locale"
LANGUAGES = ("de", "es")
# What a translation says as its text does: places to fill, markup, and names in backquotes.
KEPT = (r"\{[\w.]*\}", r"</?[a-zA-Z][^<>]*>", r"`[^`]+`")


def catalog(name: str) -> dict[str, str]:
	with (LOCALE / name).open("rb") as file:
		return {
			message.id: "" if message.fuzzy else message.string for message in read_po(file) if message.id
		}


@pytest.fixture(scope="module")
def template() -> set[str]:
	texts = set(catalog("main.pot"))
	assert len(texts) > 3000
	return texts


def changed(text: str, translated: str) -> str:
	"""What of a text its translation does not keep; empty where it keeps all."""
	for pattern in KEPT:
		if Counter(re.findall(pattern, text)) != Counter(re.findall(pattern, translated)):
			return f"{pattern} of “{text}”: {translated}"
	if (text[:1].isspace(), text[-1:].isspace()) != (translated[:1].isspace(), translated[-1:].isspace()):
		return f"space at an end of “{text}”"
	return ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(template, language):
	translated = catalog(f"{language}.po")
	assert sorted(text for text in template if not translated.get(text)) == []
	assert sorted(set(translated) - template) == [], "run make translations"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_what_is_filled_in(language):
	assert [told for text, done in catalog(f"{language}.po").items() if (told := changed(text, done))] == []


def test_no_text_is_taken_for_a_place_of_a_page(template):
	"""Frappe puts a table of contents in place of these anywhere in a page, also in the translations within Desk's."""
	assert [text for text in template if "{index}" in text or "{next}" in text] == []


@pytest.mark.parametrize(
	("text", "translated", "kept"),
	[
		("Row {0}: {1}", "{1} in Zeile {0}", True),
		("Row {0}: {1}", "Zeile {0}", False),
		("<b>Wrong</b>", "Falsch", False),
		("Set `x`. ", "Setzen Sie `x`.", False),
	],
)
def test_what_is_lost_is_seen(text, translated, kept):
	assert (changed(text, translated) == "") == kept
