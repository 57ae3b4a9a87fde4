"""A preset put to use: what it fills into an account, what a person entered, and the flows it makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import frappe

from erp_connect.config import exchange_format, preset_files
from erp_connect.config.verification import CUSTOM
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.connection import Authentication, Parameter
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.inputs import OAUTH, Input, asked_for, entered, entry_of
from erp_connect.core.presets.preset import Preset
from erp_connect.store import preset_origins
from erp_connect.store.preset_origins import Origin

ADDRESSES = {"Production": "base_url", "Sandbox": "sandbox_base_url"}
# Where an input may be kept besides a field: a row of Headers and query parameters, or rows of Accounts (tab Commerce).
ROW_PLACES = {"header": "Header", "query": "Query", "body": "Body"}
LEDGER_PLACE = "commerce_accounts"
MADE_HERE = "made here"


def fill(doc, preset: Preset, auth: Authentication | None = None) -> dict[str, object]:
	"""Set what `preset` knows on an Integration Settings, where its user has set nothing. Does not save.

	Nothing is set means: empty, or still the default of the field. auth: the way to authenticate that was chosen.
	Returns the values that were set; rows added to tables under the names of the tables.
	"""
	changed: dict[str, object] = {}
	settings = {
		"system": preset.name,
		**preset.settings,
		**_limits(preset),
		**(auth.settings if auth else {}),
	}
	for fieldname, value in settings.items():
		field = doc.meta.get_field(fieldname)
		if (
			field
			and field.fieldtype != "Password"
			and _untouched(doc.get(fieldname), field)
			and doc.get(fieldname) != value
		):
			doc.set(fieldname, value)
			changed[fieldname] = value
	parameters = (*preset.parameters, *(auth.parameters if auth else ()))
	if rows := [row.model_dump() for row in parameters if not _has_parameter(doc, row)]:
		doc.extend("parameters", [dict(row) for row in rows])
		changed["parameters"] = rows
	if preset.answers and not doc.answer_rules:
		changed["answer_rules"] = [dict(row) for row in preset.answers]
		doc.extend("answer_rules", [dict(row) for row in preset.answers])
	return changed


def fill_addresses(doc, preset: Preset) -> None:
	"""Set the addresses of the system's environments, where none is entered. Inputs in them stay named."""
	for place in preset.environments:
		if not doc.get(ADDRESSES[place.name]):
			doc.set(ADDRESSES[place.name], place.base_url)


def fill_webhooks(doc, preset: Preset) -> None:
	"""Let the account take the system's webhooks, with a secret of its own where the system leaves that to us."""
	if preset.webhooks is None:
		return
	doc.inbound_enabled = 1
	doc.verification = doc.verification or next(iter(preset.webhooks.schemes))
	# Registration makes one for the place it goes to.
	if (
		preset.webhooks.secret == MADE_HERE
		and not preset.webhooks.registration
		and not doc.verification_secret
	):
		doc.verification_secret = frappe.generate_hash(length=40)


def describe_scheme(doc, preset: Preset) -> None:
	"""Let the account itself say how its webhooks are proved, where this site does not know the preset's scheme by name."""
	schemes = preset.webhooks.schemes if preset.webhooks else {}
	if doc.verification in schemes and doc.verification not in preset_files.schemes():
		doc.verification_scheme = json.dumps(dict(schemes[doc.verification]), indent=1, ensure_ascii=False)
		doc.verification = CUSTOM


def enter(doc, asked: Iterable[Input], entries: Mapping[str, Any]) -> None:
	"""Put what a person entered where each input is kept; not what is a Connected App's. Does not save.

	Raises ConfigurationError (code `input`, with the `key` at fault) for an entry that is missing or does not fit.
	"""
	for one in asked:
		if not one.of_app:
			value = entry_of(one, entered(one, entries))
			for place in one.places or ("",):
				_keep(doc, one, place, value)


def client_of(asked: Iterable[Input], entries: Mapping[str, Any]) -> dict[str, str]:
	"""What was entered for a Connected App, by `client_id` and `client_secret`. Raises as `enter`."""
	return {
		one.places[0].removeprefix(OAUTH): entry_of(one, entries.get(one.key)) for one in asked if one.of_app
	}


def addresses_of(asked: Iterable[Input], doc) -> dict[str, str]:
	"""The addresses of an account that were entered, by the keys of their inputs."""
	return {
		one.key: doc.get(place)
		for one in asked
		for place in one.places
		if place in ADDRESSES.values() and doc.get(place)
	}


def asked_by(preset: Preset, auth: Authentication | None, flows: Iterable[str]) -> tuple[Input, ...]:
	"""What is asked for one way to authenticate and the chosen flows of a preset."""
	return tuple(asked_for(preset.inputs, auth.key if auth else "", tuple(flows)))


def with_needed(preset: Preset, flows: Iterable[str]) -> tuple[PresetFlow, ...]:
	"""The flows of these names and those they need, each after what it needs.

	Raises ConfigurationError for others, and for two of which one is instead of the other.
	"""
	chosen = tuple(flows)
	found: dict[str, PresetFlow] = {}

	def add(name: str, above: tuple[str, ...] = ()) -> None:
		flow = preset.flow(name)
		for needed in _needs(flow, chosen):
			if needed not in above:
				add(needed, (*above, name))
		found.setdefault(name, flow)

	for name in chosen:
		add(name)
	_require_one_way(preset, found)
	return tuple(found.values())


def _needs(flow: PresetFlow, chosen: tuple[str, ...]) -> tuple[str, ...]:
	"""The flows that a flow needs, where these are chosen."""
	of_several = [name for name in flow.needs_one_of if name in chosen] or flow.needs_one_of[:1]
	return (*flow.needs, *of_several)


def _require_one_way(preset: Preset, found: Mapping[str, PresetFlow]) -> None:
	for name, flow in found.items():
		for other in flow.instead_of:
			if other in found:
				raise ConfigurationError(
					"{flow} and {other} do the same in two ways. Choose one of them.",
					code="two_ways",
					flow=flow.title or name,
					other=found[other].title or preset.flow(other).name,
				)


def add_flow(account: str, preset: Preset, flow: PresetFlow, *, brought: bool = False) -> str:
	"""Create a flow of a preset for an account, disabled. Returns its name.

	Its value maps are the account's own: what a second account of the system translates is another matter. brought: the
	preset came as a file; what the flow is compared with later is what an installed one of that release says.

	Raises ConfigurationError where this site does not have its document type.
	"""
	if lacks := lacking(flow):
		raise ConfigurationError(
			"{flow} needs {lacks}, which this site does not have. Leave the flow out, or have it installed first.",
			code="not_installed",
			flow=flow.title or flow.name,
			lacks=lacks,
		)
	origin = origin_of(account, preset, flow)
	maps = {one["name"]: one["entries"] for one in origin.value_maps.values()}
	name = exchange_format.create(origin.mapping, maps, account, mapping_name=f"{account}: {flow.name}")
	if remembered := _installed(account, preset, flow) if brought else origin:
		preset_origins.remember_flow(name, remembered)
	return name


def _installed(account: str, preset: Preset, flow: PresetFlow) -> Origin | None:
	"""A flow as the installed preset of the same name and release has it. None where there is none."""
	known = preset_files.load_all().get(preset.name)
	if known is None or known.release != preset.release:
		return None
	return next((origin_of(account, known, one) for one in known.flows if one.name == flow.name), None)


def lacking(flow: PresetFlow) -> str:
	"""What this site has to have before the flow can be made, in words: an app, or a document type; empty if nothing."""
	doctype = flow.mapping["document_type"]
	return "" if frappe.db.exists("DocType", doctype, cache=True) else flow.app or doctype


def origin_of(
	account: str, preset: Preset, flow: PresetFlow, known: Mapping[str, Mapping[str, Any]] | None = None
) -> Origin:
	"""A flow of a preset as an account has it, where nobody changes anything. known: value maps that it has already."""
	names = {
		name: (known or {}).get(name, {}).get("name") or f"{account}: {name}" for name in flow.value_maps
	}
	rows = [
		{**row, "value_map": names.get(row["value_map"], row["value_map"])} if row.get("value_map") else row
		for row in flow.mapping.get("rows", ())
	]
	maps = {
		name: {"name": names[name], "entries": [dict(entry) for entry in entries]}
		for name, entries in flow.value_maps.items()
	}
	return Origin(preset.name, flow.name, preset.release, {**flow.mapping, "rows": rows}, maps)


def _limits(preset: Preset) -> dict[str, Any]:
	limits = preset.limits
	known = {"rate_limit": limits.rate, "burst": limits.burst, "concurrency": limits.at_once}
	return {fieldname: value for fieldname, value in known.items() if value is not None}


def _keep(doc, asked: Input, fills: str, value: str) -> None:
	place, separator, key = fills.partition(":")
	if separator and place in ROW_PLACES:
		row = {"place": ROW_PLACES[place], "key": key, "secret" if asked.secret else "value": value}
		if value:
			doc.append("parameters", row)
	elif separator and place == LEDGER_PLACE:
		for kind in key.split(",") if value else ():
			doc.append(LEDGER_PLACE, {"kind": kind, "title": "*", "account": value})
	elif fills:
		_set(doc, asked, fills, value)
	elif value:
		doc.append("inputs", {"key": asked.key, "title": asked.title, "value": value})


def _set(doc, asked: Input, fills: str, value: str) -> None:
	field = doc.meta.get_field(fills)
	if field is None or bool(asked.secret) != (field.fieldtype == "Password"):
		raise ConfigurationError(
			"The preset puts {title} into the field {field}, which does not take it. Tell its author.",
			code="bad_preset",
			title=asked.title,
			field=fills,
		)
	if value:
		doc.set(fills, value)


def _untouched(value: object, field) -> bool:
	if value in (None, "", 0):
		# An unticked box that is ticked by default was unticked by somebody.
		return not (field.fieldtype == "Check" and field.default == "1" and value == 0)
	return field.default not in (None, "") and str(value) == str(field.default)


def _has_parameter(doc, row: Parameter) -> bool:
	return any(
		(known.place, (known.key or "").lower()) == (row.place, row.key.lower()) for known in doc.parameters
	)
