"""A page about the format of a preset's file that people read: made from its JSON Schema and nothing else.

python -m erp_connect.core.presets.reference > docs/preset-reference.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from erp_connect.core.presets.schema import preset_schema

HEAD = """# The format of a preset, part by part

Made from the [JSON Schema](../erp_connect/public/preset.schema.json) of the file. What the parts are for, with examples, is
told in [adding-a-system.md](adding-a-system.md); what stands in `mapping` of a flow and in `settings` are the fields of a
flow (Field Mapping) and of an account (Integration Settings), as **Export** writes them.
"""
_PARTS = "$defs"


def reference_text() -> str:
	"""The text of the page."""
	schema = preset_schema()
	parts = [("The file", schema), *sorted(schema[_PARTS].items())]
	return "\n".join([HEAD, *(line for name, part in parts for line in _part(name, part))])


def _part(name: str, part: Mapping[str, Any]) -> Iterator[str]:
	yield from (f"## {name}", "", _text(part.get("description") or ""), "")
	yield from ("| | value | |", "|---|---|---|")
	required = part.get("required", ())
	for key, spec in part["properties"].items():
		yield f"| `{key}` | {_value(spec)} | {'required' if key in required else _default(spec)} |"
	yield ""


def _text(description: str) -> str:
	"""A docstring as paragraphs."""
	return "\n\n".join(re.sub(r"\s+", " ", one).strip() for one in description.split("\n\n"))


def _default(spec: Mapping[str, Any]) -> str:
	value = spec.get("default")
	if value in (None, "", [], {}) or isinstance(value, dict):
		return ""
	return f"else `{json.dumps(value, ensure_ascii=False)}`"


def _value(spec: Mapping[str, Any]) -> str:
	if "$ref" in spec:
		name = spec["$ref"].rsplit("/", 1)[1]
		return f"[{name}](#{name.lower()})"
	if "anyOf" in spec:
		return " or ".join(dict.fromkeys(_value(one) for one in spec["anyOf"] if one.get("type") != "null"))
	if "const" in spec:
		return f"`{json.dumps(spec['const'])}`"
	if "enum" in spec:
		return ", ".join(f"`{one}`" for one in spec["enum"])
	if spec.get("type") == "array":
		return f"list of {_value(spec['items'])}" if spec.get("items") else "list"
	if spec.get("type") == "object" and isinstance(spec.get("additionalProperties"), dict):
		return f"object of {_value(spec['additionalProperties'])}"
	return _plain(spec)


def _plain(spec: Mapping[str, Any]) -> str:
	"""A single value, with what is asked of it."""
	kind = {"string": "text", "boolean": "yes or no"}.get(
		spec.get("type", ""), spec.get("type") or "any value"
	)
	if pattern := spec.get("pattern"):
		return f"{kind} like `{pattern.replace('|', chr(92) + '|')}`"
	if spec.get("format"):
		return f"{kind}, a {spec['format']}"
	return kind


if __name__ == "__main__":
	print(reference_text(), end="")
