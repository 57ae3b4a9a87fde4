"""Messages keep their remedy: their own words are never cut, and they say to press only what is there."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path

import pytest

from erp_connect.core import errors
from erp_connect.core.errors import ConnectError, Told, Whole, capped, fill, headline
from erp_connect.tests.unit import messages_in_source as source

APP = Path(__file__).resolve().parents[2]
# What is written here is told to callers of the API as well, who have no button.
TOLD_TO_CALLERS = ("records", "commerce", "served", "core/commerce")


def test_words_are_shown_whole_and_values_are_cut():
	told = fill("{reason} {value} Then do this.", {"reason": Whole("r" * 1500), "value": "v" * 1500})
	assert told == "r" * 1500 + " " + "v" * (errors.VALUE_LIMIT - 1) + "… Then do this."


def test_what_another_error_says_keeps_its_own_words():
	inner = ConnectError("It holds {count} signs.", count=3)
	told = pickle.loads(pickle.dumps(Told.by(inner)))
	assert (told, told.template, told.params) == (
		"It holds 3 signs.",
		"It holds {count} signs.",
		{"count": 3},
	)
	assert str(ConnectError("Not sent. {reason}", reason=told)) == "Not sent. It holds 3 signs."


@pytest.mark.parametrize("size", [errors.WHOLE_LIMIT, 1_000_000])
def test_the_remedy_is_there_whatever_fills_the_message(size):
	told = str(
		ConnectError("{a} {b} {c} Press Retry.", a=Whole("x" * size), b=Whole("y" * size), c="z" * size)
	)
	assert capped(told).endswith("Press Retry.")


def test_how_it_is_tried_again_is_said_by_who_shows_the_message():
	assert str(ConnectError("Correct it, then {again}.")) == "Correct it, then press Retry."
	assert (
		fill("Correct it, then {again}.", {"again": "repeat the call"}) == "Correct it, then repeat the call."
	)
	assert fill("{value}", {"value": "{again}"}) == "{again}"


def without_again(source_text: str) -> list[int]:
	"""Lines on which an error is put into words without saying how it is tried again there."""
	return [
		call.lineno
		for call in ast.walk(ast.parse(source_text))
		if isinstance(call, ast.Call)
		and ast.unparse(call.func).split(".")[-1] in ("translate", "reason_of", "detail")
		and len(call.args) < 2
	]


def test_a_comparison_has_no_button_to_retry():
	silent = [
		f"{file.relative_to(APP)}:{line}"
		for file in sorted((APP / "reconcile").glob("*.py"))
		for line in without_again(file.read_text("utf-8"))
	]
	assert not silent, f"says “press Retry”; use reconcile.told: {silent}"


def test_the_check_sees_words_without_the_way_to_try_again():
	assert without_again("translate(error)\nfailures.detail(error)\nreason_of(error, told.again())") == [1, 2]


def test_what_fills_a_message_with_words_fills_it_whole():
	cut = [
		f"{file.relative_to(APP)}:{found.line}: {found.place} of “{found.template[:60]}” is cut; wrap it in Whole()"
		for file in source.files(APP)
		for found in source.filled(file.read_text("utf-8"))
		if found.is_words and not found.is_shown_whole
	]
	assert not cut, "\n".join(cut)


def test_the_check_sees_words_that_would_be_cut():
	found = list(
		source.filled(
			'raise Held("It is {kind}: {message} Put it right.", kind=kind, message=str(error))\n'
			'raise Held(_("One of {known}") + ".", known=Whole(", ".join(known)))\n'
			'Note("x", "It holds {amount}: {why}", {"amount": amount, "why": note.reason})'
		)
	)
	assert {(one.place, one.is_words, one.is_shown_whole) for one in found} == {
		("kind", False, False), ("message", True, False), ("known", True, True), ("amount", False, False),
		("why", True, False),
	}  # fmt: skip


def test_callers_are_not_told_to_press_a_button():
	told = [
		f"{file.relative_to(APP)}:{line}: {text}"
		for folder in TOLD_TO_CALLERS
		for file in source.files(APP / folder)
		for line, text in source.sentences(file.read_text("utf-8"))
		if re.search(r"[Pp]ress Retry", text)
	]
	assert not told, "\n".join(told)


def test_only_who_knows_says_that_something_is_tried_again():
	"""A message outlives the tries, and is told to callers whom nobody tries again."""
	told = [
		f"{file.relative_to(APP)}:{line}: {text}"
		for folder in (*TOLD_TO_CALLERS, "inbound", "calls", "outbound")
		for file in source.files(APP / folder)
		for line, text in source.sentences(file.read_text("utf-8"))
		if re.search(r"(?:is|are) (?:tried|asked|told|fetched|sent) (?:again|as soon|when)", text)
	]
	assert not told, "write {trying} instead\n" + "\n".join(told)


def test_what_happens_by_itself_is_said_by_who_shows_the_message():
	assert (
		str(ConnectError("Not here. {trying} Book it.")) == "Not here. It is tried again by itself. Book it."
	)


# What `ApiError` keeps for itself, so that no placeholder is filled with it.
KEPT = {"field", "retry_after"}


def unfilled(source_text: str) -> list[str]:
	"""Placeholders of answers of the API that nothing fills."""
	found = []
	for call in ast.walk(ast.parse(source_text)):
		if not isinstance(call, ast.Call) or ast.unparse(call.func) != "ApiError" or len(call.args) < 3:
			continue
		given = {keyword.arg for keyword in call.keywords}
		if isinstance(call.args[2], ast.Constant) and None not in given:
			wanted = set(re.findall(r"{(\w+)}", call.args[2].value)) - {"again"}
			found += [f"{call.lineno}: {name}" for name in sorted(wanted - (given - KEPT))]
	return found


def test_answers_of_the_api_leave_no_placeholder_open():
	assert unfilled('ApiError(422, "c", "{field} is {value}.", field="a", value=1)') == ["1: field"]
	found = {
		str(file.relative_to(APP)): unfilled(file.read_text("utf-8"))
		for file in APP.rglob("*.py")
		if "tests" not in file.parts
	}
	assert not {file: names for file, names in found.items() if names}


def test_the_first_sentence_of_a_message_is_its_headline():
	assert headline("Status 401: no. Enter a new token.\nThen resume.") == "Status 401: no"
	assert headline("Paused for stocktaking.") == "Paused for stocktaking"
	assert headline("x" * 300) == "x" * 99 + "…"
	assert headline("") == ""


def _joined(call: ast.Call) -> list[str]:
	"""Words of the first argument of a call that are joined with others, and not translated by themselves."""
	if not call.args or not isinstance(call.args[0], ast.BinOp | ast.JoinedStr):
		return []
	translated = {
		id(text)
		for inner in ast.walk(call.args[0])
		if isinstance(inner, ast.Call) and getattr(inner.func, "attr", getattr(inner.func, "id", "")) == "_"
		for text in ast.walk(inner)
	}
	found = (
		node
		for node in ast.walk(call.args[0])
		if isinstance(node, ast.Constant) and id(node) not in translated
	)
	return [node.value for node in found if isinstance(node.value, str) and any(map(str.isalpha, node.value))]


def test_what_is_joined_with_other_words_is_translated_by_itself():
	"""The catalogues have the parts, never the whole."""
	errors_ = {name for name in vars(errors) if name.endswith("Error")} | {
		"HeldForReview",
		"BadRecord",
		"ApiError",
	}
	found = [
		f"{path.relative_to(APP)}:{node.lineno}: {words}"
		for path in sorted(APP.rglob("*.py"))
		if "tests" not in path.parts
		for node in ast.walk(ast.parse(path.read_text()))
		if isinstance(node, ast.Call) and getattr(node.func, "id", "") in errors_
		for words in _joined(node)
	]
	assert not found
