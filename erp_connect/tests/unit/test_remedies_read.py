"""What tells that something is to be repeated, and is not held, is read by a test; `test_held` keeps those that are held."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from erp_connect.tests.unit import held_in_source as held
from erp_connect.tests.unit import messages_in_source as source

APP = Path(__file__).resolve().parents[2]
# So many words in a row are a phrase that tells a message from others.
WORDS = 3


@cache
def told() -> tuple[tuple[str, str], ...]:
	"""Place and text of each message with `{again}`, held ones included."""
	return tuple(
		(f"{file.relative_to(APP)}:{line}", text)
		for file in source.files(APP)
		for line, text in source.sentences(file.read_text("utf-8"))
		if "{again}" in text
	)


@cache
def read_by_tests() -> str:
	"""All texts that stand in tests."""
	texts = []
	for file in (APP / "tests").rglob("test_*.py"):
		tree = ast.parse(file.read_text("utf-8"))
		texts += [
			one.value
			for one in ast.walk(tree)
			if isinstance(one, ast.Constant) and isinstance(one.value, str)
		]
	return "\n".join(texts)


def phrases(text: str) -> Iterator[str]:
	"""Each row of words between the placeholders."""
	for piece in re.split(r"\{\w*\}", text):
		words = piece.split()
		for start in range(len(words) - WORDS + 1):
			yield " ".join(words[start : start + WORDS])


def is_read(text: str, others: str, tests: str) -> bool:
	"""Whether tests name a phrase that no other message has."""
	return any(phrase in tests and phrase not in others for phrase in phrases(text))


def test_each_message_with_a_remedy_is_read_by_a_test():
	of_held = {one.text for one in held.every()}
	unread = []
	for place, text in told():
		if any(text in one or one in text for one in of_held):
			continue
		others = "\n".join(one for _place, one in told() if one != text)
		if not is_read(text, others, read_by_tests()):
			unread.append(f"{place}: {text[:90]}")
	assert not unread, "a test makes the cause, reads the words and does what they say:\n" + "\n".join(unread)


def test_a_message_that_nobody_reads_is_seen():
	assert not is_read("The {name} is gone. Put it back, then {again}.", "", "it is gone")
	assert not is_read("It is gone. {again}", "It is gone here.", "It is gone")
	assert is_read("It is gone. Put it back at once, then {again}.", "It is here.", "Put it back")
