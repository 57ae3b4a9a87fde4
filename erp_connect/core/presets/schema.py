"""The JSON Schema of a preset's file, for editors and for those who write one."""

from __future__ import annotations

import json
from typing import Any

from erp_connect.core.presets.preset import Preset

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def preset_schema() -> dict[str, Any]:
	"""The schema, as JSON-like values. It says the form; what belongs together is only said by reading a file."""
	return {"$schema": DIALECT, **Preset.model_json_schema()}


def schema_text() -> str:
	"""The text of the file that is published."""
	return json.dumps(preset_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
	print(schema_text(), end="")
