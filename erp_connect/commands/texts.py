"""The texts of this app that people read, for the template of translations: what Frappe's own extraction leaves out.

Babel calls these by `babel_extractors.csv`, for `bench generate-pot-file --app erp_connect`:
- `python`: texts in `_()`, also within f-strings, and the sentences that the engine raises and that are translated where
  they are shown (`erp_connect.messages`); the codes of errors and outcomes as the words that Desk shows for them.
- `javascript`: texts in `__()`, also within templates within templates, and words that a constant holds.
- `preset`: what a preset says to the person who connects its system.

Each yields (line, "gettext", text, []), as Babel wants it: https://babel.pocoo.org/en/latest/messages.html
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import IO, Any

Found = Iterator[tuple[int, str, str, list[str]]]

_MARKS = frozenset({"_", "_lt", "Whole"})
# It begins with a capital or a place to fill, has more words, and ends as sentences do.
_SENTENCE = re.compile(r"(?:[A-Z\"“]|\{\w+\}).*\s\S.*[.:?…!]\s?", re.DOTALL)
# Words that stand in the code as a condition is read, not as a person reads them.
_STATEMENT = re.compile(
	r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|ALTER|CREATE TABLE|SHOW)\b|^[A-Z-]+ [A-Z-]+$"
)
# Where a reason is given as a code, as `code="order_draft"`, and what one looks like.
_CODES = frozenset({"code", "outcome"})
_OF_CODES = re.compile(r"default_code|(?:\w+_)?(?:CODE|OUTCOME)(?:_\w+)?")
_SENTENCES = frozenset({"MESSAGES", "ADVICE"})
_CODE = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")
_IN_SCRIPT = re.compile(r'\b__\(\s*("(?:[^"\\\n]|\\.)*")')
_CONSTANT = re.compile(r'^(?:export )?const [A-Z_]+ = ("[A-Z][^"\\\n]*");$', re.MULTILINE)
# What `erp_connect.api.presets` translates.
_OF_PRESET = ("title", "description", "help", "told")
_PARTS = ("inputs", "auth", "flows", "check")


def python(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Found:
	"""Texts of a Python source: marked ones, sentences of the engine, and the reasons that stand within them."""
	tree = ast.parse(fileobj.read())
	left_out = {id(node) for node in _not_for_people(tree)}
	for place in _said(tree):
		if id(place) not in left_out and (text := _text(place)):
			left_out.add(id(place))
			yield place.lineno, "gettext", text, []
	for place in _coded(tree):
		if _CODE.fullmatch(code := _text(place) or ""):
			yield place.lineno, "gettext", words_of(code), []
	for node in ast.walk(tree):
		text = _text(node)
		if text and id(node) not in left_out and is_sentence(text):
			yield node.lineno, "gettext", text, []


def javascript(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Found:
	"""Texts of a script. Scripts are written with double quotes, each text in one piece (a test holds it)."""
	source = fileobj.read().decode()
	for pattern in (_IN_SCRIPT, _CONSTANT):
		for found in pattern.finditer(source):
			line = source.count("\n", 0, found.start()) + 1
			yield line, "gettext", json.loads(found.group(1)), []


def preset(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Found:
	"""What a preset tells and asks in Desk."""
	content = json.load(fileobj)
	for text in (content.get("title"), content.get("description"), *(content.get("notes") or ())):
		if text:
			yield 1, "gettext", text, []
	for release in content.get("migrations") or ():
		yield from ((1, "gettext", text, []) for text in release["changes"])
	for part in _PARTS:
		for told in _objects(content.get(part)):
			yield from (
				(1, "gettext", told[key], [])
				for key in _OF_PRESET
				if isinstance(told.get(key), str) and told[key]
			)


def words_of(code: str) -> str:
	"""What Desk says for a code that has no words of its own: `order_draft` → "Order draft"."""
	words = code.replace("_", " ")
	return words[0].upper() + words[1:]


def is_sentence(text: str) -> bool:
	"""Whether a text of the source is written for people."""
	return bool(_SENTENCE.fullmatch(text)) and not _STATEMENT.search(text)


def _not_for_people(tree: ast.AST) -> Iterator[ast.AST]:
	"""Texts that explain the source (docstrings), or are pieces of an f-string."""
	for node in ast.walk(tree):
		if isinstance(node, ast.Expr):
			yield node.value
		elif isinstance(node, ast.JoinedStr):
			yield from node.values


def _said(tree: ast.AST) -> Iterator[ast.AST]:
	for node in ast.walk(tree):
		yield from _marked(node)
		yield from _raised(node)


def _marked(node: ast.AST) -> Iterator[ast.AST]:
	"""The text of a call that marks it."""
	if isinstance(node, ast.Call) and _name(node.func) in _MARKS:
		yield from node.args[:1]


def _raised(node: ast.AST) -> Iterator[ast.AST]:
	"""Words that an error is raised with, often the end of a sentence. One word alone is a code."""
	if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
		yield from (place for place in node.exc.args if " " in (_text(place) or ""))


def _constants(tree: ast.Module) -> dict[str, ast.AST]:
	"""What names of the module are assigned."""
	return {
		target.id: node.value
		for node in tree.body
		if isinstance(node, ast.Assign)
		for target in node.targets
		if isinstance(target, ast.Name)
	}


def _coded(tree: ast.Module) -> Iterator[ast.AST]:
	"""Places that hold the code of a reason."""
	constants = _constants(tree)
	for node in ast.walk(tree):
		if isinstance(node, ast.Call):
			given = [keyword.value for keyword in node.keywords if keyword.arg in _CODES]
			yield from (constants.get(_name(value), value) for value in given)
		elif isinstance(node, ast.Assign):
			yield from _coded_in(node)
		elif isinstance(node, ast.Dict):
			pairs = zip(node.keys, node.values, strict=True)
			yield from (value for key, value in pairs if key and _text(key) in _CODES)


def _coded_in(assigned: ast.Assign) -> Iterator[ast.AST]:
	"""Codes of a constant or attribute for one, or of those that have a sentence each."""
	for name in map(_name, assigned.targets):
		if _OF_CODES.fullmatch(name):
			yield assigned.value
		elif name in _SENTENCES and isinstance(assigned.value, ast.Dict):
			told = zip(assigned.value.keys, assigned.value.values, strict=True)
			yield from (code for code, text in told if code and is_sentence(_text(text) or ""))


def _text(node: ast.AST) -> str | None:
	return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(node: ast.AST) -> str:
	return node.id if isinstance(node, ast.Name) else ""


def _objects(part: Any) -> Iterator[dict[str, Any]]:
	"""Every object within a part of a preset that is told to people: those of a flow's mapping are the account's own."""
	if isinstance(part, dict):
		yield part
		yield from _objects([value for key, value in part.items() if key != "mapping"])
	elif isinstance(part, list):
		for one in part:
			yield from _objects(one)
