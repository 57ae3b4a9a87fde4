"""The places of single values in parsed JSON, by their paths: to tell a person what is there. Never shows a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from erp_connect.core.values.paths import EACH, Path, format_path

_DEPTH = 4
_LIKE_AN_ID = re.compile(r"(^|_)(id|key|code|number|name|sku|uuid|guid|ref)$|Id$|ID$", re.IGNORECASE)


def paths_of(data: Any, limit: int = 12) -> list[str]:
	"""Paths of texts and numbers in an object, such as `contact.id` and `lines[].sku`; at most `limit`.

	Those whose name looks like that of an id come first, then those nearer to the top.
	"""
	found = dict.fromkeys(_places(data, ()))
	ordered = sorted(found, key=lambda path: (not _looks_like_id(path), len(path)))
	return [format_path(path) for path in ordered[:limit]]


def _looks_like_id(path: Path) -> bool:
	return EACH not in path and bool(_LIKE_AN_ID.search(str(path[-1])))


def _places(value: Any, path: Path) -> Iterator[Path]:
	if isinstance(value, dict):
		for name, inner in value.items() if len(path) < _DEPTH else ():
			if name:
				yield from _places(inner, (*path, name))
	elif isinstance(value, list):
		# The first element stands for all: they are alike, and there may be thousands.
		yield from _places(value[0], (*path, EACH)) if value and path else ()
	elif path and isinstance(value, str | int | float) and not isinstance(value, bool):
		yield path
