"""A preset that a person brings as a file, such as an account exported at another site: it is checked, used once, and not kept.

Nobody has installed it, so it is trusted less than those of apps: whoever uses it is told where what is entered goes,
and what in it may be a secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import frappe
from frappe import _

from erp_connect.config import exchange_format, preset_files
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.guard.sensitive import telling
from erp_connect.core.presets.extending import extended
from erp_connect.core.presets.own_values import secrets_in_queries
from erp_connect.core.presets.preset import Preset
from erp_connect.core.presets.reading import MOST_MISTAKES, read_preset

ACCOUNT, FLOW = "Integration Settings", "Field Mapping"
LONGEST = 4_000_000


def read(text: str) -> Preset:
	"""The preset in the text of a file. Raises ConfigurationError, which tells the place of each mistake."""
	if len(text) > LONGEST:
		raise ConfigurationError(
			"The file is longer than {limit} MB, as no exported account is. Choose another one.",
			code="bad_preset",
			limit=LONGEST // 1_000_000,
		)
	if _is_flow(text):
		raise ConfigurationError(
			"The file holds a flow, and no account. Import it in the list of flows.", code="bad_preset"
		)
	preset = extended(read_preset(text, _("The file")), preset_files.load_all().get)
	unknown = list(_unknown(preset))
	if unknown:
		raise ConfigurationError(
			"This site does not know: {places}. The file may come from a newer version of ERP Connect. Update this site, or "
			"correct the file.",
			code="bad_preset",
			places=Whole(", ".join(unknown[:MOST_MISTAKES])),
		)
	return preset


def addresses(preset: Preset) -> list[str]:
	"""The addresses that a preset itself brings, to which what is entered goes: nobody types them."""
	found = [place.base_url for place in preset.environments]
	for way in preset.auth:
		for server in (way.oauth, way.oauth and way.oauth.sandbox):
			found += [server.token_url, server.authorization_url] if server else []
	return list(dict.fromkeys(one for one in found if one and not one.startswith("{input.")))


def told(preset: Preset) -> list[str]:
	"""What is to be known before an account is made of it, in words."""
	whole = preset.model_dump(mode="json", exclude_unset=True)
	places = [*_plain_secrets(whole), *(place for place, _name in secrets_in_queries(whole))]
	lines = [
		_(
			"{0} in the file may be a secret, which whoever has the file can read. Change it at the other side."
		).format(place)
		for place in places
	]
	roles = dict.fromkeys(role for part in (preset.serves, *preset.flows) if part for role in part.roles)
	if roles:
		named = ", ".join(_(role) for role in roles)
		lines.append(_("A user that is made for it gets the roles that the file names: {0}.").format(named))
	if preset.name not in preset_files.load_all() and (preset.check or preset.webhooks or preset.pages):
		lines.append(
			_(
				"The system {0} is not installed on this site: webhooks are entered at the other side by hand, Test Connection "
				"asks for the test path only, and links to records there are missing. An app that brings the file adds these."
			).format(preset.name)
		)
	return lines


def _is_flow(text: str) -> bool:
	try:
		found = json.loads(text)
	except (ValueError, RecursionError):
		return False  # told as the file is read
	return isinstance(found, dict) and found.get("format") == exchange_format.FORMAT


def _unknown(preset: Preset) -> Iterator[str]:
	"""Places of values for which this site has no field, or that only a person enters."""
	fields = {one.fieldname: one for one in frappe.get_meta(ACCOUNT).fields}
	groups = {"settings": preset.settings}
	groups |= {f"auth.{number}.settings": way.settings for number, way in enumerate(preset.auth)}
	for place, values in groups.items():
		for name in values:
			if name not in fields or fields[name].fieldtype == "Password":
				yield f"{place}.{name}"
	for number, flow in enumerate(preset.flows):
		yield from _unknown_in(FLOW, flow.mapping, f"flows.{number}.mapping")


def _unknown_in(doctype: str, values: Mapping[str, Any], place: str) -> Iterator[str]:
	fields = {one.fieldname: one for one in frappe.get_meta(doctype).fields}
	for name, value in values.items():
		if name in exchange_format.LEFT_OUT:
			continue
		if name not in fields:
			yield f"{place}.{name}"
		elif name in exchange_format.CHILD_TABLES:
			for number, row in enumerate(value or ()):
				yield from _unknown_in(fields[name].options, row, f"{place}.{name}.{number}")


def _plain_secrets(whole: Any, place: str = "") -> Iterator[str]:
	"""Places of rows, such as headers, whose value is secret by their key, and stands there."""
	if isinstance(whole, list):
		for number, one in enumerate(whole):
			yield from _plain_secrets(one, f"{place}.{number}")
	elif isinstance(whole, dict):
		value = whole.get("value")
		if isinstance(value, str) and value and "{" not in value and telling(str(whole.get("key") or "")):
			yield f"{place}.value"
		for key, one in whole.items():
			yield from _plain_secrets(one, f"{place}.{key}" if place else key)
