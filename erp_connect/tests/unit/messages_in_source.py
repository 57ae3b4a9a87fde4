"""The messages of this app as its source holds them: templates with `{named}` places, and sentences for people.

Promises to read the syntax tree only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
# Where what fills a place is not a value but words: another message, or names that were put together.
WORDS_MADE_BY = re.compile(
	r"\.join\(|\bstr\((error|note)\)|\btranslate\(|\b_?(plain|sentence|said|told|summary|words)\(|\.(reasons?|template)\b"
)
WORDS_NAMED = frozenset(
	(
		"reason",
		"reasons",
		"message",
		"remote",
		"hint",
		"problem",
		"problems",
		"known",
		"choices",
		"differences",
	)
)


@dataclass(frozen=True)
class Filled:
	"""A template and what fills one of its places, as it is written in the source."""

	line: int
	template: str
	place: str
	value: ast.expr

	@property
	def is_words(self) -> bool:
		source = ast.unparse(self.value)
		return not isinstance(self.value, ast.Constant) and (
			self.place in WORDS_NAMED or bool(WORDS_MADE_BY.search(source))
		)

	@property
	def is_shown_whole(self) -> bool:
		return ast.unparse(self.value).startswith(("Whole(", "Told(", "Told.by("))


def filled(source: str) -> Iterator[Filled]:
	"""Every named place of a template that is filled in the same call, by a keyword or by a dict."""
	for node in ast.walk(ast.parse(source)):
		if not isinstance(node, ast.Call):
			continue
		template = " ".join(text for arg in node.args for text in _texts(arg))
		places = set(PLACE.findall(template))
		for name, value in _given(node):
			if name in places:
				yield Filled(node.lineno, template, name, value)


def _texts(node: ast.AST) -> Iterator[str]:
	if isinstance(node, ast.Constant) and isinstance(node.value, str):
		yield node.value
	elif isinstance(node, ast.BinOp | ast.JoinedStr | ast.IfExp):
		for child in ast.iter_child_nodes(node):
			yield from _texts(child)
	elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "frappe._"):
		for child in node.args:
			yield from _texts(child)
	elif isinstance(node, ast.FormattedValue):
		yield from _texts(node.value)


def _given(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
	yield from ((word.arg, word.value) for word in call.keywords if word.arg)
	for arg in call.args:
		if isinstance(arg, ast.Dict):
			pairs = zip(arg.keys, arg.values, strict=True)
			yield from ((key.value, value) for key, value in pairs if isinstance(key, ast.Constant))


def sentences(source: str) -> Iterator[tuple[int, str]]:
	"""Line and text of every string of several words that is no docstring and no SQL."""
	tree = ast.parse(source)
	documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
	skipped = {
		id(node.body[0].value)
		for node in ast.walk(tree)
		if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
	}
	for node in ast.walk(tree):
		if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
			text = node.value
			if len(text.split()) > 3 and not re.search(r"\b(SELECT|UPDATE|DELETE FROM|INSERT)\b", text):
				yield node.lineno, text


def files(app: Path) -> list[Path]:
	"""The Python files of the app without its tests. app: its package."""
	return sorted(file for file in app.rglob("*.py") if "tests" not in file.relative_to(app).parts)
