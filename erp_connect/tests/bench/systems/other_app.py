"""Another app that brings systems of its own, each by one file in a folder that its hooks name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.config import preset_files

# As an app writes it into its hooks.py.
PLACE = "tests/harbour_app/systems"


@contextmanager
def installed() -> Iterator[None]:
	"""The systems of PLACE are there in this process."""
	hooks = frappe.get_hooks

	def with_app(hook: str | None = None, *given: Any, **named: Any) -> Any:
		if hook == preset_files.HOOK and named.get("app_name") == "erp_connect":
			return [PLACE]
		return hooks(hook, *given, **named)

	with patch.object(frappe, "get_hooks", with_app):
		yield
