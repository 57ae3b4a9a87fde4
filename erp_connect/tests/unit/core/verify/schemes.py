"""The schemes of the shipped presets, ready to verify with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.types import Scheme

PRESETS = Path(__file__).resolve().parents[4] / "presets"
SCHEMES: dict[str, dict[str, Any]] = {
	name: scheme
	for file in sorted(PRESETS.glob("*/preset.json"))
	for name, scheme in json.loads(file.read_text("utf-8")).get("webhooks", {}).get("schemes", {}).items()
}


def scheme_of(name: str, **settings: Any) -> Scheme:
	"""The scheme called `name`, with entries of an account, such as `webhook_id`, in place of its own."""
	return scheme_from_dict({**SCHEMES[name], **settings})
