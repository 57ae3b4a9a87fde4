"""The JSON Schema of a preset's file, for editors and for those who write one."""

from __future__ import annotations

import json
from typing import Any

from erp_connect.core.presets.preset import Preset

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def preset_schema() -> dict[str, Any]:
	"""The schema, as JSON-like values. It says the form; what belongs together is only said by reading a file."""
	return {"$schema": DIALECT, **_plain(Preset.model_json_schema())}


def _plain(value: Any) -> Any:
	"""The same in the words of every release of pydantic: what holds anyhow is left out, and 1.0 is written as 1."""
	if isinstance(value, dict):
		return {
			key: _plain(inner)
			for key, inner in value.items()
			if (key, inner) != ("additionalProperties", True)
		}
	if isinstance(value, list):
		return [_plain(inner) for inner in value]
	return int(value) if isinstance(value, float) and value.is_integer() else value


def schema_text() -> str:
	"""The text of the file that is published."""
	return json.dumps(preset_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
	print(schema_text(), end="")
