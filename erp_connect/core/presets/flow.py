"""A flow of a preset: what the export of a Field Mapping holds, and what it needs besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from erp_connect.core.presets.part import Part, Text


class PresetFlow(Part):
	"""mapping, value_maps: as in the export of a flow; rows may stand for a fragment of the preset:
	`{"use": "address", "at": "billing", "to": "billing_address"}`.

	needs: flows whose records this one links to. needs_one_of: flows of which one is needed: the first comes along where
	none of them is chosen. instead_of: flows that do the same in another way, and cannot be chosen beside it. roles: what the account's user has to have beyond those of the flows
	it needs. on: whether it is offered as chosen. app: title of the Frappe app that has its document type,
	where ERPNext does not.
	"""

	mapping: Mapping[str, Any]
	value_maps: Mapping[str, tuple[Mapping[str, str], ...]] = Field(default_factory=dict)
	title: str = ""
	description: str = ""
	needs: tuple[Text, ...] = ()
	needs_one_of: tuple[Text, ...] = ()
	instead_of: tuple[Text, ...] = ()
	roles: tuple[Text, ...] = ()
	on: bool = False
	app: str = ""

	@field_validator("mapping")
	@classmethod
	def _named(cls, mapping: Mapping[str, Any]) -> Mapping[str, Any]:
		for name in ("mapping_name", "document_type"):
			if not isinstance(mapping.get(name), str) or not mapping[name]:
				raise ValueError(f"{name} is missing")
		return mapping

	@property
	def name(self) -> str:
		return self.mapping["mapping_name"]
