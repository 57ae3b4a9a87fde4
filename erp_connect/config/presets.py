"""The presets of this site: those of this app and those other apps add by the hook `erp_connect_presets`.

The hook lists places of JSON files: a package (`my_app.presets`), or a folder inside the app (`data/presets`).
Of two presets with one name the one of the app installed last counts. A file that cannot be used is logged
and left out: it must not take the others along.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import frappe

from erp_connect.config import exchange_format
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.preset import Preset, PresetFlow, read_preset

HOOK = "erp_connect_presets"
OWN = Path(__file__).resolve().parents[1] / "presets"


def load_all() -> dict[str, Preset]:
	"""All presets by name, sorted by title."""
	found: dict[str, Preset] = {}
	for file in _files():
		try:
			preset = read_preset(file.read_text(encoding="utf-8"), file.name)
		except (ConfigurationError, OSError, UnicodeDecodeError) as error:
			frappe.log_error(title=f"ERP Connect: preset {file.name} left out", message=f"{file}\n{error}")
			continue
		found[preset.name] = preset
	return dict(sorted(found.items(), key=lambda item: item[1].title.casefold()))


def load(name: str) -> Preset:
	"""Raises `ConfigurationError` when there is no preset of this name."""
	presets = load_all()
	if name not in presets:
		raise ConfigurationError(
			"There is no preset {preset}. Choose one of: {known}.",
			code="unknown_preset",
			preset=name,
			known=", ".join(presets) or "-",
		)
	return presets[name]


def fill(doc, preset: Preset) -> dict[str, object]:
	"""Set what `preset` knows on an Integration Settings, where its user has set nothing. Does not save.

	Nothing is set means: empty, or still the default of the field. Returns the values that were set; rows
	added to the table of parameters under `parameters`.
	"""
	changed: dict[str, object] = {}
	for fieldname, value in {"system": preset.name, **preset.settings}.items():
		field = doc.meta.get_field(fieldname)
		if (
			field
			and field.fieldtype != "Password"
			and _untouched(doc.get(fieldname), field)
			and doc.get(fieldname) != value
		):
			doc.set(fieldname, value)
			changed[fieldname] = value
	if rows := [row for row in preset.parameters if not _has_parameter(doc, row)]:
		for row in rows:
			doc.append("parameters", dict(row))
		changed["parameters"] = [dict(row) for row in rows]
	return changed


def add_flow(account: str, flow: PresetFlow) -> str:
	"""Create a flow of a preset for an account, disabled. Returns its name."""
	return exchange_format.create(
		flow.mapping, flow.value_maps, account, mapping_name=f"{account}: {flow.name}"
	)


def _files() -> Iterator[Path]:
	for folder in (OWN, *_folders_of_others()):
		yield from sorted(folder.glob("*.json"))


def _folders_of_others() -> Iterator[Path]:
	for app in frappe.get_installed_apps():
		for place in frappe.get_hooks(HOOK, app_name=app):
			yield from _folders(app, place)


def _folders(app: str, place: str) -> list[Path]:
	if "/" in place:
		return [Path(frappe.get_app_path(app)) / place]
	try:
		spec = find_spec(place)
	except ModuleNotFoundError:
		spec = None
	if spec is None or not spec.submodule_search_locations:
		frappe.log_error(title=f"ERP Connect: presets of {app} not found", message=f"{HOOK}: {place}")
		return []
	return [Path(location) for location in spec.submodule_search_locations]


def _untouched(value: object, field) -> bool:
	if value in (None, "", 0):
		# An unticked box that is ticked by default was unticked by somebody.
		return not (field.fieldtype == "Check" and field.default == "1" and value == 0)
	return field.default not in (None, "") and str(value) == str(field.default)


def _has_parameter(doc, row) -> bool:
	return any(
		(known.place, (known.key or "").lower()) == (row["place"], row["key"].lower())
		for known in doc.parameters
	)
