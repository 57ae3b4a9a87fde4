"""What is wrong with a text that should be JSON, so that a person finds the place. Never quotes it: a secret may stand there."""

from __future__ import annotations

import json

# What the parser says, by how it begins; the rest of its words is for programmers.
_WORDS = (
	("Expecting property name", 'a name in "double quotes" is missing here; the last entry has no comma after it'),
	("Illegal trailing comma", "the last entry has no comma after it"),
	("Expecting ',' delimiter", "a comma, or the closing bracket, is missing before this"),
	("Expecting ':' delimiter", "a colon is missing between name and value"),
	("Expecting value", 'a value is missing here; texts stand in "double quotes"'),
	("Extra data", "the JSON is over before this; one object in braces is all there is"),
	("Unterminated string", "a text that begins here has no closing quote"),
	("Invalid control character", r"a line break or tab stands within a text; write \n or \t"),
	("Invalid \\", r"a backslash within a text is written \\"),
)  # fmt: skip


def problem_of(error: ValueError) -> str:
	"""Where a text stops being JSON, and why: `line 3, column 5: …`."""
	if not isinstance(error, json.JSONDecodeError):
		return str(error)
	words = next((words for start, words in _WORDS if error.msg.startswith(start)), error.msg)
	return f"line {error.lineno}, column {error.colno}: {words}"
