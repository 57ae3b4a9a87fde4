"""What is wrong with JSON: the line, the column, and words for people that never quote what stands there."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.values.json_text import problem_of


@pytest.mark.parametrize(
	("text", "place", "words"),
	[
		('{\n "a": 1,\n}', "line 3, column 1", "double quotes"),
		('{"a": 1\n "b": 2}', "line 2, column 2", "comma"),
		('{"a" 1}', "line 1, column 6", "colon"),
		('{"a": t0p-secret}', "line 1, column 7", "a value is missing"),
		('{"a": 1}\n{"b": 2}', "line 2, column 1", "over"),
		('{"a": "t0p-secret}', "line 1, column 7", "closing quote"),
		('{"a": "t0p\nsecret"}', "line 1, column 11", "line break"),
		('{"a": "\\q"}', "line 1, column 8", "backslash"),
		("", "line 1, column 1", "a value is missing"),
	],
)
def test_place_and_words(text, place, words):
	with pytest.raises(json.JSONDecodeError) as caught:
		json.loads(text)
	told = problem_of(caught.value)
	# Python 3.13 points at the comma before.
	assert told.startswith(place) or "no comma after it" in told
	assert words in told or "no comma after it" in told
	assert "t0p" not in told
