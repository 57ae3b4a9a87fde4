"""The texts that people read, as the source holds them: labels, messages, words of scripts, documentation.

Promises to read the files only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from erp_connect.tests.unit import messages_in_source

APP = Path(__file__).parents[2]
PROJECT = APP.parent
# A text that a script has translated: __("…") and __('…').
IN_SCRIPT = re.compile(r"""\b__\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)""")
SHOWN_KEYS = frozenset(("label", "description", "title", "help", "told", "group", "options_label"))


def all_texts() -> Iterator[tuple[str, str]]:
	"""Where and what: every text of the app, of its definitions for other platforms, and of its documentation."""
	for file in messages_in_source.files(APP):
		for line, text in messages_in_source.sentences(file.read_text("utf-8")):
			yield f"{_name(file)}:{line}", text
	for file in _files(APP, "js"):
		yield from ((_name(file), text) for text in of_script(file.read_text("utf-8")))
	for file in _files(APP, "json"):
		yield from ((_name(file), text) for text in of_json(json.loads(file.read_text("utf-8"))))
	pages = [
		PROJECT / "README.md",
		*(PROJECT / "docs").rglob("*.md"),
		*(PROJECT / "integrations").glob("*/README.md"),
	]
	for file in pages:
		for line, text in enumerate(file.read_text("utf-8").splitlines(), 1):
			yield f"{_name(file)}:{line}", text


def of_script(source: str) -> Iterator[str]:
	"""The texts that a script has translated."""
	return (next(filter(None, found), "") for found in IN_SCRIPT.findall(source))


def of_json(value: Any) -> Iterator[str]:
	"""Labels and descriptions of a definition in JSON, at any depth."""
	if isinstance(value, list):
		for entry in value:
			yield from of_json(entry)
	elif isinstance(value, dict):
		for key, entry in value.items():
			if key in SHOWN_KEYS and isinstance(entry, str):
				yield entry
			else:
				yield from of_json(entry)


def _files(folder: Path, ending: str) -> list[Path]:
	skipped = {"tests", "dist", "node_modules"}
	return sorted(
		file for file in folder.rglob(f"*.{ending}") if not skipped & set(file.relative_to(folder).parts)
	)


def _name(file: Path) -> str:
	return str(file.relative_to(PROJECT))
