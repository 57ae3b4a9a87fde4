"""What is held says how it is ended: tried again after the cause is gone, or put aside once a person has done it."""

import pytest

from erp_connect.core.errors import ConnectError
from erp_connect.tests.unit import held_in_source as source
from erp_connect.tests.unit.held_cases import CASES, Case

# Their words are put around by who catches them, with the way out at the end (`told_if_held`).
WRAPPED = "commerce/revisions/"
HELD = tuple(source.every())


def test_every_message_says_how_it_is_ended():
	silent = [
		f"{held.place}:{held.line}: {held.text[:80]}"
		for held in HELD
		if not held.place.startswith(WRAPPED) and "{again}" not in held.text and "{done}" not in held.text
	]
	assert not silent, "\n".join(silent)


def test_the_wrapping_says_it():
	(wrapped,) = (held for held in HELD if held.place == "commerce/revisions/revise:told_if_held")
	assert "{again}" in wrapped.text and "{done}" in wrapped.text


def test_the_check_sees_words_that_were_put_together():
	given = "def f():\n\ttext = 'why'\n\ttext += ' {done}'\n\traise HeldForReview('Not now: ' + text)\n"
	(held,) = source.of_source(given, "x")
	assert held.place == "x:f" and "{done}" in held.text


def fits(case: Case, held: source.Held) -> bool:
	return case.place == held.place and case.words in held.text


def test_the_remedy_of_every_message_is_tried():
	untried = [
		f"{held.place}:{held.line}: {held.text[:80]}"
		for held in HELD
		if not any(fits(case, held) for case in CASES)
	]
	assert not untried, (
		"a new reason needs a case that tries its remedy; no row in held_cases:\n" + "\n".join(untried)
	)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.place} {case.words}")
def test_the_case_of_one_message_is_a_test_that_reads_it(case):
	(held,) = (held for held in HELD if fits(case, held))
	read = [text for text in source.strings_of_test(case.test) if text.strip() and case.words in text]
	assert read, f"{case.test} does not read the words of {held.place}:{held.line}"


def test_a_test_that_there_is_not_is_found():
	for test in ("no/such_file.py::A::test_b", "records/test_tables.py::TestTables::test_nothing_at_all"):
		with pytest.raises((OSError, LookupError)):
			source.strings_of_test(test)


@pytest.mark.parametrize(("place", "told"), [("again", "press Retry"), ("done", "press Skip")])
def test_by_the_buttons_of_an_event(place, told):
	assert str(ConnectError(f"Do this, then {{{place}}}.")) == f"Do this, then {told}."
