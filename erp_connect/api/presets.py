"""Calls that offer presets: what is known about a system, filled into an account and made into flows."""

import json
from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.config import preset_export, preset_files, preset_import, presets, steering
from erp_connect.core.errors import ConnectError
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.inputs import Input, shown
from erp_connect.core.presets.preset import Preset
from erp_connect.messages import throw
from erp_connect.operate import connecting, starting
from erp_connect.operate import suggestions as suggesting
from erp_connect.store import preset_origins

# What an account of a preset takes from the person who connects it, besides the inputs.
OF_ACCOUNT = ("account_name", "company", "user", "environment")


@frappe.whitelist()
def options() -> list[dict[str, str]]:
	"""All systems that can be set up, as {value, label, description}; the value is what the account's field System holds."""
	require_manager()
	return [
		{"value": preset.name, "label": _(preset.title), "description": _said(preset.description)}
		for preset in preset_files.load_all().values()
		# Of some systems only the proof of their webhooks is known.
		if preset.flows or preset.serves
	]


@frappe.whitelist()
def describe(preset: str = "", content: str = "") -> dict[str, Any]:
	"""One preset for people, an installed one by its name, or the `content` of a file: title, description, base_url_hint, notes, sources, its flows as {value, label,
	description, needs, needs_one_of, instead_of, on, lacks} (lacks: what this site has to have first), and what connecting it asks: `auth`, `environments`, `inputs`; `roles` that its user needs, by
	flow, `calls` of the API that the system makes, and `registers_webhooks`. Of a file also `addresses` (those it brings, to
	which what is entered goes) and `told` (what is to be known of it).
	"""
	require_manager()
	found = _found(preset, content)
	installed = _installed(found) if content else found
	return {
		"title": _(found.title),
		"description": _said(found.description),
		"base_url_hint": found.example_address,
		"notes": [_(note) for note in found.notes],
		"sources": [source.model_dump() for source in found.sources],
		"flows": [
			{
				"value": flow.name,
				"label": _label(flow),
				"description": _said(flow.description),
				"needs": list(flow.needs),
				"needs_one_of": list(flow.needs_one_of),
				"instead_of": list(flow.instead_of),
				"on": bool(flow.on or content),
				"lacks": presets.lacking(flow),
			}
			for flow in found.flows
		],
		"auth": [_told(way.model_dump(include={"key", "title", "help", "link"})) for way in found.auth],
		"environments": [place.name for place in found.environments],
		"inputs": [_asked(asked) for asked in shown(found.inputs, (way.key for way in found.auth))],
		"roles": {flow.name: list(flow.roles) for flow in found.flows},
		"calls": list(found.serves.calls) if found.serves else [],
		"registers_webhooks": bool(installed and installed.webhooks and installed.webhooks.registration),
		"addresses": preset_import.addresses(found) if content else [],
		"told": preset_import.told(found) if content else [],
	}


@frappe.whitelist()
def suggestions(preset: str, company: str, content: str = "") -> dict[str, str]:
	"""Documents of this site that connecting a system for a company would most likely be given, by the keys of inputs."""
	require_manager()
	frappe.has_permission("Company", "read", doc=company, throw=True)
	return suggesting.suggest(_found(preset, content), company)


@frappe.whitelist(methods=["POST"])
def connect(
	preset: str,
	values: dict | str,
	entries: dict | str,
	auth: str = "",
	flows: list[str] | str | None = None,
	own_user: bool = False,
	content: str = "",
) -> dict[str, Any]:
	"""Make an account of a system from what a person entered, and its flows, disabled. All of it, or nothing.

	content: of the file of a preset that is used instead of an installed one, such as an exported account.

	values: `account_name`, `company`, `user`, `environment` of the account. entries: by the keys of `describe`'s
	inputs. flows: their names within the preset; those they need come along. own_user: instead of `user`, the account
	acts as a new one with the roles of the flows, for whoever may make users. Returns `account`, `flows` (names),
	`lacking` (roles that the account's user needs and does not have) and `redirect` (the address that the other side has to
	know before somebody grants access; empty where nobody has to).
	"""
	require_manager()
	frappe.has_permission("Integration Settings", "create", throw=True)
	found = _found(preset, content)
	given = {key: value for key, value in _object(values).items() if key in OF_ACCOUNT}
	try:
		made = connecting.connect(
			found,
			given,
			_object(entries),
			auth=auth,
			flows=_names(flows),
			own_user=bool(own_user),
			brought=bool(content),
		)
	except ConnectError as error:
		throw(error, title=_("Not connected"))
	return {
		"account": made.account,
		"flows": list(made.flows),
		"lacking": list(made.lacking),
		"redirect": made.redirect,
	}


@frappe.whitelist(methods=["POST"])
def switch_on(account: str) -> dict[str, Any]:
	"""Enable the flows of an account. Returns `on` (their names) and `refused` (names, with the reason of each)."""
	require_manager()
	frappe.get_doc("Integration Settings", account).check_permission("write")
	steering.require(account)
	on, refused = starting.switch_on(account)
	return {"on": on, "refused": refused}


@frappe.whitelist(methods=["POST"])
def apply_to_account(account: str | dict, preset: str) -> dict[str, Any]:
	"""Fill the settings a preset knows into an account, where they are empty or still the default.

	`account`: name of an Integration Settings, which is then saved; or its unsaved values as JSON, which are
	not. Returns the values that were set, by fieldname, with new rows of the table under `parameters`.
	"""
	require_manager()
	found = _load(preset)
	if values := _values(account):
		return presets.fill(frappe.get_doc({**values, "doctype": "Integration Settings"}), found)
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("write")
	steering.require(account)
	changed = presets.fill(doc, found)
	if changed:
		doc.save()
	preset_origins.remember_account(account, found.release, found.sunset)
	return changed


@frappe.whitelist(methods=["POST"])
def add_flows(account: str, preset: str, flows: list[str] | str) -> list[str]:
	"""Create flows of a preset for an account, disabled, so that they can be looked at first.

	`flows`: their names within the preset. Returns the names of the new Field Mappings.
	"""
	require_manager()
	frappe.get_doc("Integration Settings", account).check_permission("write")
	steering.require(account)
	found = _load(preset)
	try:
		wanted = [found.flow(name) for name in _names(flows)]
	except ConnectError as error:
		throw(error, title=_("Unknown flow"))
	return [presets.add_flow(account, found, flow) for flow in wanted]


@frappe.whitelist()
def export_account(account: str, name: str) -> dict[str, Any]:
	"""An account and its flows as the file of a preset called `name`: `file_name`, `content` (its text), and `left`, what
	is to be looked at or entered by hand.

	It holds no secrets, and inputs in place of what is the account's own.
	"""
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("read")
	if not name.strip():
		frappe.throw(_("Give the preset a name: what the system is called."))
	try:
		exported = preset_export.export(doc, name.strip())
	except ConnectError as error:
		throw(error, title=_("Not exported"))
	return {
		"file_name": f"{frappe.scrub(name.strip())}.json",
		"content": exported.text,
		"left": list(exported.left),
	}


def _found(preset: str, content: str) -> Preset:
	if not content:
		return _load(preset)
	try:
		return preset_import.read(content)
	except ConnectError as error:
		throw(error, title=_("Not imported"))


def _installed(preset: Preset) -> Preset | None:
	"""The preset of this site that is called as the one of a file."""
	return preset_files.load_all().get(preset.name)


def _load(preset: str) -> Preset:
	try:
		return preset_files.load(preset)
	except ConnectError as error:
		throw(error, title=_("Unknown preset"))


def _label(flow: PresetFlow) -> str:
	"""The name of a flow, with its document type where the name does not tell it."""
	document_type = flow.mapping["document_type"]
	told = document_type.lower() in flow.name.lower()
	return _said(flow.title) or (flow.name if told else f"{flow.name} ({_(document_type)})")


def _asked(asked: Input) -> dict[str, Any]:
	"""What a form needs to know of an input. by_company: the documents to choose from belong to a company."""
	told = _told(asked.model_dump(exclude={"pattern", "fills"}))
	told["choices"] = [_told(choice) for choice in told["choices"]]
	by_company = bool(asked.doctype and frappe.get_meta(asked.doctype).has_field("company"))
	return {**told, "by_company": by_company}


def _told(part: dict[str, Any]) -> dict[str, Any]:
	"""A part of a preset with its words in the language of the current user."""
	return {**part, **{key: _said(part[key]) for key in ("title", "help") if key in part}}


def _said(text: str) -> str:
	# Frappe takes the empty text for the header of a file of translations.
	return _(text) if text else ""


def _object(given: dict | str) -> dict[str, Any]:
	found = json.loads(given) if isinstance(given, str) else given
	if not isinstance(found, dict):
		frappe.throw(_("Give an object with names and values."))
	return found


def _names(flows: list[str] | str | None) -> list[str]:
	found = json.loads(flows) if isinstance(flows, str) else flows or []
	if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
		frappe.throw(_("Give a list with the names of flows."))
	return found


def _values(account: str | dict) -> dict[str, Any] | None:
	if isinstance(account, dict):
		return account
	return json.loads(account) if account.lstrip().startswith("{") else None
