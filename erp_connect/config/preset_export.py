"""An account as a preset: the file from which another account of its system is made, here or elsewhere.

It holds what the account says of the system and its flows; inputs stand for what is the account's own. It holds no
secret, and no name of a document of this site where an input can stand; what still names one is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _

from erp_connect.config import account_export, exchange_format, preset_files, secrets
from erp_connect.config.own_documents import OwnDocuments
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.guard.sensitive import telling
from erp_connect.core.presets import own_values
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.preset import FORMAT, VERSION, Preset
from erp_connect.core.presets.reading import read_preset
from erp_connect.core.values.inputs import named_in

# What an account takes from the preset of its system as it is.
OF_SYSTEM = (
	"batches",
	"description",
	"check",
	"webhooks",
	"serves",
	"pages",
	"sandbox_pages",
	"api_version",
	"sunset",
	"notes",
	"sources",
)
PARAMETERS = ("request_parameters", "pull_parameters", "parent_parameters")
# A shorter one is found in any text.
SHORTEST_SECRET = 8
# Where a flow of a preset names others.
OTHER_FLOWS = ("needs", "needs_one_of", "instead_of")
RIGHTS = {"Outgoing": ("read",), "Incoming": ("read", "write", "create")}


@dataclass(frozen=True)
class ExportedPreset:
	"""text: of the file. left: what is to be looked at or entered by hand, in words."""

	text: str
	left: tuple[str, ...]


def export(doc, name: str) -> ExportedPreset:
	"""The preset of an Integration Settings and its flows, called `name`. The session's user has to be able to read them.

	Raises ConfigurationError where no preset can be made of it or it would hold a secret of the account, `frappe.PermissionError` for flows that are closed.
	"""
	known = preset_files.of_account(doc)
	parts = account_export.parts_of(doc, known)
	own = {row.value: row.key for row in doc.inputs if row.value}
	shipped = own_values.texts([flow.model_dump() for flow in known.flows] if known else ())
	documents = OwnDocuments(own, parts.keys | set(own.values()), shipped)
	flows = _flows(doc, known, documents, parts.left)
	whole = {
		"format": FORMAT,
		"version": VERSION,
		"name": name,
		"title": name,
		"release": known.release if known else "1",
		**_of_system(known),
		"inputs": [*_for_flows(parts.inputs, known, flows), *documents.asked()],
		"auth": parts.auth,
		"environments": parts.environments,
		"settings": parts.settings,
		"parameters": parts.parameters,
		"limits": parts.limits,
		"answers": parts.answers,
		"flows": [flow for _doc, flow in flows],
	}
	whole = {key: value for key, value in whole.items() if value not in ([], {}, "", None)}
	_ask_for_unknown(whole)
	_require_no_secret(whole, doc)
	text = json.dumps(whole, indent=1, ensure_ascii=False, default=str) + "\n"
	read_preset(text, name)
	return ExportedPreset(text, (*parts.left, *_told(whole, doc)))


def _of_system(known: Preset | None) -> dict[str, Any]:
	if known is None:
		return {}
	said = known.model_dump(mode="json", exclude_unset=True)
	return {part: said[part] for part in OF_SYSTEM if part in said}


def _flows(doc, known: Preset | None, documents: OwnDocuments, left: list[str]) -> list[tuple[Any, dict]]:
	"""Each flow of the account with its part of the preset."""
	names = frappe.get_all(
		"Field Mapping", {"integration": doc.name}, pluck="name", order_by="creation, name"
	)
	mappings = [frappe.get_doc("Field Mapping", name) for name in names]
	for mapping in mappings:
		mapping.check_permission("read")
	titles = _titles(doc.name, names)
	of_preset = {
		mapping.preset_flow: titles[mapping.name]
		for mapping in mappings
		if known and mapping.preset == known.name
	}
	found = []
	for mapping in mappings:
		source = known.flow(mapping.preset_flow) if _still_there(known, mapping) else None
		content = _content(mapping, titles[mapping.name], doc.name, documents, left)
		found.append((mapping, content | _around(doc, mapping, source, of_preset)))
	return found


def _titles(account: str, names: list[str]) -> dict[str, str]:
	"""What the flows are called without the account's name, each by itself."""
	titles: dict[str, str] = {}
	for name in names:
		short = name.removeprefix(f"{account}: ")
		titles[name] = name if short in titles.values() else short
	return titles


def _still_there(known: Preset | None, mapping) -> bool:
	return bool(
		known and mapping.preset == known.name and mapping.preset_flow in [flow.name for flow in known.flows]
	)


def _content(mapping, title: str, account: str, documents: OwnDocuments, left: list[str]) -> dict[str, Any]:
	plain, maps = exchange_format.content(mapping)
	short = {name: name.removeprefix(f"{account}: ") for name in maps}
	plain["mapping_name"] = title
	plain["rows"] = [
		{**row, "value_map": short[row["value_map"]]} if row.get("value_map") else row
		for row in plain["rows"]
	]
	for table in PARAMETERS:
		for row in plain.get(table, ()):
			if row.get("value") and telling(row.get("key") or "") and "{" not in row["value"]:
				row["value"] = ""
				left.append(
					_("Flow {0}: the value of {1} may be a secret, and is not in the file.").format(
						title, row["key"]
					)
				)
	changed, entries = documents.replaced(title, plain, {short[name]: rows for name, rows in maps.items()})
	return {"mapping": changed} | ({"value_maps": entries} if entries else {})


def _around(doc, mapping, source: PresetFlow | None, of_preset: Mapping[str, str]) -> dict[str, Any]:
	"""What a preset says of a flow beside its content."""
	if source is None:
		return {"roles": _roles(doc.user, mapping)}
	said = source.model_dump(mode="json", exclude_unset=True, exclude={"mapping", "value_maps"})
	for key in OTHER_FLOWS:
		if names := [of_preset[name] for name in getattr(source, key) if name in of_preset]:
			said[key] = names
		else:
			said.pop(key, None)
	return said


def _roles(user: str | None, mapping) -> list[str]:
	"""The roles of the account's user that give what the flow does with its documents; not those of this site alone."""
	wanted = RIGHTS.get(mapping.direction, RIGHTS["Incoming"])
	given = frappe.get_roles(user) if user else []
	roles = {
		rule.role
		for rule in frappe.get_meta(mapping.document_type).permissions
		if rule.role in given and not rule.permlevel and all(rule.get(right) for right in wanted)
	}
	usual = (
		frappe.get_all("Role", {"name": ("in", list(roles)), "is_custom": 0}, pluck="name") if roles else []
	)
	return sorted(set(usual) - {"All", "Guest", "Desk User"})


def _for_flows(
	inputs: list[dict], known: Preset | None, flows: list[tuple[Any, dict]]
) -> list[dict[str, Any]]:
	"""The inputs without those that only flows ask for which the account does not have."""
	titles = {doc.preset_flow: flow["mapping"]["mapping_name"] for doc, flow in flows if doc.preset_flow}
	kept = []
	for asked in inputs:
		named = [titles[name] for name in asked.get("flows", ()) if name in titles]
		if named or not asked.get("flows"):
			kept.append({**asked, "flows": named} if named else asked)
	return kept


def _ask_for_unknown(whole: dict[str, Any]) -> None:
	"""An input that is named somewhere is asked for, also where the account has none of it."""
	known = {asked["key"] for asked in whole.get("inputs", ())}
	missing = sorted(named_in(json.dumps(whole, ensure_ascii=False)) - known)
	if missing:
		whole.setdefault("inputs", []).extend({"key": key, "title": key} for key in missing)


def _require_no_secret(whole: Mapping[str, Any], doc) -> None:
	"""What was entered as a secret may also stand in a path or a constant, where somebody has written it in plain text."""
	for secret in secrets.all_of(doc):
		if len(secret.reveal()) >= SHORTEST_SECRET and (
			places := own_values.places_of(whole, secret.reveal())
		):
			raise ConfigurationError(
				"A secret of the account stands in plain text in what would be exported, at {places}. Take it out of the "
				"account or flow there, then export again.",
				code="secret",
				places=Whole(", ".join(places)),
			)


def _told(whole: Mapping[str, Any], doc) -> list[str]:
	"""Where the file still names what is this site's."""
	names = {doc.name, doc.user or "", *frappe.get_all("Company", pluck="name")} - {"", whole["name"]}
	queries = [
		_(
			"{0} in the file has a value of {1}, which may be a secret. Take it out before you give the file away."
		).format(place, name)
		for place, name in own_values.secrets_in_queries(whole)
	]
	return queries + [
		_("{0} in the file names {1}. Look whether it is right for another account.").format(place, name)
		for place, name in own_values.mentions(whole, frozenset(names))
	]
