"""A preset that starts from another one: what it says itself counts, what it leaves out is the other's.

Things with a name (inputs, ways to authenticate, environments, flows) are taken one by one; a flow that is named
again replaces the other's parts of the mapping that it says. Its answers and checks come before the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.presets.fragments import expanded
from erp_connect.core.presets.preset import Preset
from erp_connect.core.presets.reading import told

_NAMED = ("inputs", "auth", "environments", "parameters")
_BEFORE = ("answers", "check", "sources", "notes")
_BY_KEY = ("settings", "fragments", "limits", "pages", "sandbox_pages")


def extended(preset: Preset, find: Callable[[str], Preset | None], above: tuple[str, ...] = ()) -> Preset:
	"""The preset with what it extends. find: a preset by its name, as its file has it.

	Raises ConfigurationError for one that is not there, or that extends itself.
	"""
	if not preset.extends:
		return preset
	base = find(preset.extends)
	if base is None or preset.name in above or preset.extends == preset.name:
		raise ConfigurationError(
			"Preset {preset} extends {base}, which is not there or extends it in turn. Correct the file.",
			code="bad_preset",
			preset=preset.name,
			base=preset.extends,
		)
	whole = _merged(_said(preset), _said(extended(base, find, (*above, preset.name))))
	try:
		return expanded(Preset.model_validate({**whole, "extends": ""}))
	except ValidationError as error:
		raise ConfigurationError(
			"Preset {preset}, together with {base}, cannot be used: {reason}. Correct its file.",
			code="bad_preset",
			preset=preset.name,
			base=preset.extends,
			reason=Whole(told(error)),
		) from None


def _said(preset: Preset) -> dict[str, Any]:
	return preset.model_dump(mode="json", exclude_unset=True)


def _merged(own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
	whole = {**base, **own}
	for part in _NAMED:
		whole[part] = _by_name(base.get(part, ()), own.get(part, ()))
	for part in _BEFORE:
		whole[part] = [*own.get(part, ()), *base.get(part, ())]
	for part in _BY_KEY:
		whole[part] = {**base.get(part, {}), **own.get(part, {})}
	whole["flows"] = _flows(base.get("flows", ()), own.get("flows", ()))
	return whole


def _by_name(base: Iterable[dict], own: Iterable[dict]) -> list[dict]:
	return list({_name(entry): entry for entry in (*base, *own)}.values())


def _name(entry: Mapping[str, Any]) -> tuple[Any, ...]:
	return (entry.get("place"), entry.get("key"), entry.get("name"))


def _flows(base: Iterable[dict], own: Iterable[dict]) -> list[dict]:
	found = {flow["mapping"]["mapping_name"]: flow for flow in base}
	for flow in own:
		name = flow["mapping"]["mapping_name"]
		before = found.get(name, {})
		found[name] = {**before, **flow, "mapping": {**before.get("mapping", {}), **flow["mapping"]}}
	return list(found.values())
