"""Presets for a test, in a folder as another app would name it by the hook."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from erp_connect.config import preset_files

HEAD = {"format": "erp_connect.preset", "version": 2}
# A flow that sends Brands.
BRANDS = {
	"mapping": {
		"mapping_name": "Brands",
		"document_type": "Brand",
		"remote_entity": "brand",
		"requests": [{"event": "Insert", "method": "POST", "path": "/brands"}],
		"rows": [{"source": "name", "target": "name"}],
	}
}


class PresetFolder:
	"""For a test case: `self.ship(preset)` puts a preset there, in place of the one of its name."""

	_folder: Path | None = None

	def ship(self, preset: Mapping[str, Any]) -> None:
		if self._folder is None:
			self._folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
			self.enterContext(patch.object(preset_files, "_folders_of_others", lambda: [self._folder]))
		text = json.dumps({**HEAD, "title": preset["name"], **preset})
		folder = self._folder / preset["name"]
		folder.mkdir(exist_ok=True)
		(folder / "preset.json").write_text(text, encoding="utf-8")
		preset_files._read_all.cache_clear()
