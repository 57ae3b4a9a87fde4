"""What is held says how it is ended: tried again after the cause is gone, or put aside once a person has done it."""

import pytest

from erp_connect.core.errors import ConnectError
from erp_connect.tests.unit import held_in_source as source

# Their words are put around by who catches them, with the way out at the end (`told_if_held`).
WRAPPED = "commerce/revisions/"


def test_every_message_says_how_it_is_ended():
	silent = [
		f"{held.place}:{held.line}: {held.text[:80]}"
		for held in source.every()
		if not held.place.startswith(WRAPPED) and "{again}" not in held.text and "{done}" not in held.text
	]
	assert not silent, "\n".join(silent)


def test_the_wrapping_says_it():
	(wrapped,) = (held for held in source.every() if held.place == "commerce/revisions/revise:told_if_held")
	assert "{again}" in wrapped.text and "{done}" in wrapped.text


def test_the_check_sees_words_that_were_put_together():
	given = "def f():\n\ttext = 'why'\n\ttext += ' {done}'\n\traise HeldForReview('Not now: ' + text)\n"
	(held,) = source.of_source(given, "x")
	assert held.place == "x:f" and "{done}" in held.text


@pytest.mark.parametrize(("place", "told"), [("again", "press Retry"), ("done", "press Give Up")])
def test_by_the_buttons_of_an_event(place, told):
	assert str(ConnectError(f"Do this, then {{{place}}}.")) == f"Do this, then {told}."
