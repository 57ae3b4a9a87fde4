"""Each field that a person fills in says what it is."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

DOCTYPES = Path(__file__).parents[2] / "erp_connect" / "doctype"
FORMS = ("integration_settings", "field_mapping")
LAYOUT = {"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold"}
SHORTEST = 12  # characters: less tells nothing


class TestFieldDescriptions(unittest.TestCase):
	def test_each_editable_field_of_an_account_and_a_flow_is_described(self):
		for form in FORMS:
			bare = [field["fieldname"] for field in _fields(form) if _is_editable(field) and _is_bare(field)]
			self.assertEqual(bare, [], f"fields of {form} without a description")


def _fields(form: str) -> list[dict[str, Any]]:
	return json.loads((DOCTYPES / form / f"{form}.json").read_text(encoding="utf-8"))["fields"]


def _is_editable(field: dict[str, Any]) -> bool:
	return field["fieldtype"] not in LAYOUT and not field.get("read_only") and not field.get("hidden")


def _is_bare(field: dict[str, Any]) -> bool:
	return len((field.get("description") or "").strip()) < SHORTEST
