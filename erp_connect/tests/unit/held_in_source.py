"""Where a person has to decide, read off the syntax tree: each place that raises `HeldForReview`, with its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

APP = Path(__file__).resolve().parents[2]
# The error and its kin that say why by themselves.
RAISED = ("HeldForReview", "Undecided")


@dataclass(frozen=True)
class Held:
	"""place: file and function. text: the words as far as they stand in the source, of all parts they are put together of."""

	place: str
	line: int
	text: str


def every() -> Iterator[Held]:
	"""All places of the app."""
	for file in sorted(APP.rglob("*.py")):
		if "tests" not in file.parts:
			name = str(file.relative_to(APP)).removesuffix(".py")
			yield from of_source(file.read_text("utf-8"), name)


def of_source(source: str, name: str) -> Iterator[Held]:
	"""The places of one module."""
	for function in ast.walk(ast.parse(source)):
		if isinstance(function, ast.FunctionDef):
			for call in ast.walk(function):
				if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in RAISED:
					yield Held(f"{name}:{function.name}", call.lineno, _words(function, call))


def strings_of_test(test: str) -> list[str]:
	"""What stands between quotes in a test, the filled ones in their parts. test: `file below tests/bench::class::test`.

	Raises `OSError` or `LookupError` where there is no such test.
	"""
	file, *names = test.split("::")
	node: ast.AST = ast.parse((APP / "tests" / "bench" / file).read_text("utf-8"))
	for name in names:
		found = [child for child in ast.iter_child_nodes(node) if getattr(child, "name", "") == name]
		if not found:
			raise LookupError(test)
		node = found[0]
	return [
		found.value
		for found in ast.walk(node)
		if isinstance(found, ast.Constant) and isinstance(found.value, str)
	]


def _words(function: ast.FunctionDef, call: ast.Call) -> str:
	"""The strings of the call, and of what is put together in the function before."""
	parts = [call.args[0]] if call.args else []
	named = {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}
	for node in ast.walk(function):
		targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
		if any(isinstance(target, ast.Name) and target.id in named for target in targets):
			parts.append(node.value)
	return " ".join(
		found.value
		for part in parts
		for found in ast.walk(part)
		if isinstance(found, ast.Constant) and isinstance(found.value, str)
	)
