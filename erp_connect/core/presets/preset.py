"""Presets: what is known about a system, as data. Reads the text of one file and refuses what cannot be one.

Promises: a `Preset` has all its parts, in the right kinds, and no secret; flows carry names that are unique
within it. Never looks at a DocType: whether fields exist there is for the Frappe side and the tests to say.

	{"format": "erp_connect.preset", "version": 1,
	 "name": "ERPNext",                          short; what the account's field System holds
	 "title": "ERPNext or Frappe site", "description": "…",
	 "base_url_hint": "https://erp.example.com",
	 "settings": {"auth_type": "Frappe Token"},  values of Integration Settings
	 "parameters": [{"place": "Header", "key": "Accept-Version", "value": "2"}],
	 "flows": [{"description": "…", "mapping": {…}, "value_maps": {…}}],   as the export of a flow has them
	 "notes": ["…"],                             for the person who sets it up
	 "sources": [{"fact": "…", "address": "https://…"}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConfigurationError

FORMAT = "erp_connect.preset"
VERSION = 1
# Belong to an account, not to a system; or are secret.
FORBIDDEN_SETTINGS = frozenset(
	{
		"name", "doctype", "account_name", "system", "enabled", "paused", "pause_reason", "environment", "base_url",
		"sandbox_base_url", "company", "user", "username", "api_key", "connected_app", "token_user", "parameters",
		"password", "token", "api_secret", "signing_secret", "previous_signing_secret", "previous_secret_expires",
		"endpoint_key", "verification_secret", "previous_verification_secret", "inbound_key", "inbound_secret",
	}
)  # fmt: skip
PLACES = ("Header", "Query")
_PARTS: dict[str, type] = {
	"name": str,
	"title": str,
	"description": str,
	"base_url_hint": str,
	"settings": dict,
	"parameters": list,
	"flows": list,
	"notes": list,
	"sources": list,
}
_REQUIRED = ("name", "title", "settings")


@dataclass(frozen=True)
class PresetFlow:
	"""mapping and value_maps as in the export of a Field Mapping; `name` is the mapping's own."""

	name: str
	mapping: Mapping[str, Any]
	value_maps: Mapping[str, Any] = field(default_factory=dict)
	description: str = ""


@dataclass(frozen=True)
class Preset:
	"""What is known about one system. See the module for the meaning of each part."""

	name: str
	title: str
	description: str = ""
	base_url_hint: str = ""
	settings: Mapping[str, Any] = field(default_factory=dict)
	parameters: tuple[Mapping[str, str], ...] = ()
	flows: tuple[PresetFlow, ...] = ()
	notes: tuple[str, ...] = ()
	sources: tuple[Mapping[str, str], ...] = ()

	def flow(self, name: str) -> PresetFlow:
		"""Raises ConfigurationError when there is none of this name."""
		for flow in self.flows:
			if flow.name == name:
				return flow
		raise ConfigurationError(
			"Preset {preset} has no flow {flow}. Choose one of: {known}.",
			code="unknown_flow",
			preset=self.name,
			flow=name,
			known=", ".join(flow.name for flow in self.flows) or "-",
		)


def read_preset(text: str, place: str) -> Preset:
	"""The preset in `text`; `place` names the file in messages. Raises ConfigurationError."""
	data = _parsed(text, place)
	_check_parts(data, place)
	_check_settings(data["settings"], place)
	flows = tuple(_flow(entry, place) for entry in data.get("flows", ()))
	names = [flow.name for flow in flows]
	if twice := next((name for name in names if names.count(name) > 1), None):
		raise _refused(place, "two flows are named {flow}", flow=twice)
	return Preset(
		name=data["name"],
		title=data["title"],
		description=data.get("description", ""),
		base_url_hint=data.get("base_url_hint", ""),
		settings=data["settings"],
		parameters=tuple(_parameter(entry, place) for entry in data.get("parameters", ())),
		flows=flows,
		notes=tuple(_text(entry, "notes", place) for entry in data.get("notes", ())),
		sources=tuple(_source(entry, place) for entry in data.get("sources", ())),
	)


def _parsed(text: str, place: str) -> dict[str, Any]:
	try:
		data = json.loads(text)
	except (ValueError, RecursionError) as error:
		raise _refused(place, "it is not JSON: {detail}", detail=str(error)) from None
	if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
		raise _refused(place, "it does not begin with format {format}, version {version}", format=FORMAT)
	return data


def _check_parts(data: dict[str, Any], place: str) -> None:
	for part, kind in _PARTS.items():
		value = data.get(part)
		if part in _REQUIRED and not value:
			raise _refused(place, "{part} is missing", part=part)
		if value is not None and not isinstance(value, kind):
			raise _refused(place, "{part} is of the wrong kind", part=part)
	if unknown := sorted(set(data) - set(_PARTS) - {"format", "version"}):
		raise _refused(place, "{part} is not a part of a preset", part=unknown[0])


def _check_settings(settings: dict[str, Any], place: str) -> None:
	for name, value in settings.items():
		if name in FORBIDDEN_SETTINGS:
			raise _refused(place, "{setting} belongs to an account, not to a preset", setting=name)
		if not isinstance(value, str | int | float):
			raise _refused(place, "the value of {setting} is not text or a number", setting=name)


def _parameter(entry: Any, place: str) -> dict[str, str]:
	fits = isinstance(entry, dict) and set(entry) == {"place", "key", "value"}
	if not fits or not all(isinstance(value, str) for value in entry.values()):
		raise _refused(place, "a parameter needs place, key and value, and nothing else")
	if entry["place"] not in PLACES:
		raise _refused(
			place, "the place of a parameter is Header or Query, not {value}", value=entry["place"]
		)
	return entry


def _flow(entry: Any, place: str) -> PresetFlow:
	mapping = entry.get("mapping") if isinstance(entry, dict) else None
	if not isinstance(mapping, dict) or not mapping.get("mapping_name") or not mapping.get("document_type"):
		raise _refused(place, "a flow needs a mapping with mapping_name and document_type")
	value_maps = entry.get("value_maps") or {}
	if not isinstance(value_maps, dict):
		raise _refused(place, "{part} is of the wrong kind", part="value_maps")
	return PresetFlow(mapping["mapping_name"], mapping, value_maps, str(entry.get("description") or ""))


def _source(entry: Any, place: str) -> dict[str, str]:
	if (
		not isinstance(entry, dict)
		or not entry.get("fact")
		or not str(entry.get("address")).startswith("https://")
	):
		raise _refused(place, "a source needs a fact and an address that starts with https://")
	return entry


def _text(entry: Any, part: str, place: str) -> str:
	if not isinstance(entry, str):
		raise _refused(place, "{part} is of the wrong kind", part=part)
	return entry


def _refused(place: str, reason: str, **params: Any) -> ConfigurationError:
	return ConfigurationError(
		"{place} is not a preset: " + reason + ". Correct the file, or remove it.",
		code="bad_preset",
		place=place,
		version=VERSION,
		**params,
	)
