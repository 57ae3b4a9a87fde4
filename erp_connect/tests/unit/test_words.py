"""One word for one thing, wherever a person reads it: account, ledger account, flow, event, attempt, link."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from erp_connect.tests.unit import texts_for_people as texts

DOCTYPES = texts.APP / "erp_connect" / "doctype"
# A word that is not used, and the one that is.
INSTEAD = {
	r"Integration Settings": "account",
	r"Field Mappings?\b": "flow",
	r"Sync Logs?\b": "event",
	r"Sync Attempts?\b|\b(an?|the|each|every|next|last|first|second|earlier|this|all|between) (try|tries)\b": "attempt",
	r"[Oo]utside entit(y|ies)": "outside object",
	r"What a record is": "Record type",
	r"[Gg]ive [Uu]p|Given Up": "cancel",
	# The box is called Enabled; documents and users of ERPNext are disabled.
	r"\b([Aa]ccounts?|[Ff]lows?)( \{\w*\})? ((that|which) )?(is|are|was|were)( paused or)? (disabled|not enabled)": "switched off",
	r"(?<![Ll]edger )\b[Aa]ccounts? of payments|table Accounts of account": "ledger account",
}
# Where the names of DocTypes are the subject: rights, the code, files, and the settings of Frappe that list them.
ABOUT_DOCTYPES = (
	"docs/concepts.md",
	"docs/security.md",
	"docs/architecture.md",
	"docs/preset-reference.md",
	"core/presets/reference.py",
)
NAMED_AS_DOCTYPE = re.compile(r"\(DocType \*[^*]+\*\)|\(\*Sync Log\* there\)")
LABELS_GONE = frozenset(
	(
		"What a record is",
		"Outside entity",
		"Switched off",
		"Wins",
		"Burst",
		"Try",
		"Tries",
		"Next try",
		"Last try",
	)
)


def told_otherwise(text: str) -> list[str]:
	"""The words to use instead of those of the text that are not used."""
	text = NAMED_AS_DOCTYPE.sub("", text)
	return [word for pattern, word in INSTEAD.items() if re.search(pattern, text)]


def test_texts_for_people_use_one_word_for_one_thing():
	names = {json.loads(file.read_text("utf-8"))["name"] for file in DOCTYPES.glob("*/*.json")}
	wrong = [
		f"{place}: say {', '.join(words)}: {text[:90]}"
		for place, text in texts.all_texts()
		if text not in names
		and "`tab" not in text
		and not place.split(":")[0].endswith(ABOUT_DOCTYPES)
		and (words := told_otherwise(text))
	]
	assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
	("text", "words"),
	[
		("Choose one in Integration Settings.", ["account"]),
		("Look at the Sync Log of this Field Mapping", ["flow", "event"]),
		("The next try is at noon", ["attempt"]),
		("It is tried again. Try again later.", []),
		("Choose a Ledger account of payments", []),
		("Choose an Account of payments", ["ledger account"]),
		("Flow {0} is disabled.", ["switched off"]),
		("Account {account} is paused or disabled", ["switched off"]),
		("The document of a record outside is disabled, its user is disabled", []),
		("One row of the list (DocType *Sync Log*)", []),
	],
)
def test_the_check_sees_other_words(text: str, words: list[str]):
	assert told_otherwise(text) == words


def test_labels_are_the_words_of_the_trade():
	left = [
		f"{file.stem}: {field['fieldname']}"
		for file in DOCTYPES.glob("*/*.json")
		for field in json.loads(file.read_text("utf-8"))["fields"]
		if field.get("label") in LABELS_GONE
	]
	assert not left, left


def test_an_account_of_the_books_is_called_ledger_account():
	"""Links to an Account of ERPNext say which account they mean."""
	left = [
		f"{file.stem}: {field['fieldname']}"
		for file in DOCTYPES.glob("*/*.json")
		for field in json.loads(file.read_text("utf-8"))["fields"]
		if field.get("options") == "Account" and "edger account" not in field.get("label", "")
	]
	assert not left, left


def test_desk_shows_the_word_where_it_shows_the_name_of_a_doctype():
	"""Frappe shows the name of a DocType, translated, above its lists and forms, in its buttons and menus."""
	file = texts.APP / "translations" / "en.csv"
	shown = {row[0]: row[1] for row in csv.reader(file.read_text("utf-8").splitlines())}
	names = {json.loads(Path(path).read_text("utf-8"))["name"] for path in DOCTYPES.glob("*/*.json")}
	assert set(shown) <= names
	assert not [name for name in names if told_otherwise(shown.get(name, name)) if name != "Sync Attempt"]
	assert len(set(shown.values())) == len(shown)


def test_a_script_says_what_it_has_translated():
	assert list(texts.of_script("""a(__("Try {0}", [1]), __('b'), not__("c"))""")) == ["Try {0}", "b"]
