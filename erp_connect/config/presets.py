"""A preset put to use: what it fills into an account, and the flows it makes."""

from __future__ import annotations

from erp_connect.config import exchange_format
from erp_connect.core.presets.connection import Parameter
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.preset import Preset


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
	if rows := [row.model_dump() for row in preset.parameters if not _has_parameter(doc, row)]:
		for row in rows:
			doc.append("parameters", dict(row))
		changed["parameters"] = rows
	return changed


def add_flow(account: str, flow: PresetFlow) -> str:
	"""Create a flow of a preset for an account, disabled. Returns its name."""
	return exchange_format.create(
		flow.mapping, flow.value_maps, account, mapping_name=f"{account}: {flow.name}"
	)


def _untouched(value: object, field) -> bool:
	if value in (None, "", 0):
		# An unticked box that is ticked by default was unticked by somebody.
		return not (field.fieldtype == "Check" and field.default == "1" and value == 0)
	return field.default not in (None, "") and str(value) == str(field.default)


def _has_parameter(doc, row: Parameter) -> bool:
	return any(
		(known.place, (known.key or "").lower()) == (row.place, row.key.lower()) for known in doc.parameters
	)
