"""What an account says of its system, as parts of a preset: settings, ways to authenticate, and inputs for its own values.

No secret is read: a field that holds one becomes an input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.utils import cint, flt

from erp_connect.config.own_documents import document_input
from erp_connect.config.presets import ADDRESSES, LEDGER_PLACE, MADE_HERE
from erp_connect.core.guard.sensitive import telling
from erp_connect.core.presets.connection import BY_CONNECTED_APP, FORBIDDEN_SETTINGS, Authentication
from erp_connect.core.presets.inputs import CLIENT_ID, CLIENT_SECRET
from erp_connect.core.presets.preset import Preset

LIMITS = {"rate": "rate_limit", "burst": "burst", "at_once": "concurrency"}
# Texts that are the account's own, although they open nothing.
OWN_TEXTS = (
	"username", "api_key", "jwt_issuer", "jwt_subject", "inbound_key", "webhook_id", "allowed_ips", "time_zone",
)  # fmt: skip
# Secrets that go on for a while beside the ones that are asked for.
PREVIOUS = "previous_"
# JSON in which a value may be a secret by its name.
SENT = ("login_fields", "token_headers", "jwt_claims")
# Headers that say how to talk with the system, and nothing of who talks.
_OF_SYSTEM = re.compile(r"accept(-.*)?|content-type|user-agent|prefer|(.*-)?version", re.IGNORECASE)
ADDRESS_TITLES = {"Production": "Base URL", "Sandbox": "Sandbox base URL"}


@dataclass
class AccountParts:
	"""Parts of a preset, as its file has them. left: what is to be entered by hand after it was installed, in words."""

	inputs: list[dict[str, Any]] = field(default_factory=list)
	auth: list[dict[str, Any]] = field(default_factory=list)
	environments: list[dict[str, Any]] = field(default_factory=list)
	settings: dict[str, Any] = field(default_factory=dict)
	parameters: list[dict[str, Any]] = field(default_factory=list)
	limits: dict[str, Any] = field(default_factory=dict)
	answers: list[dict[str, Any]] = field(default_factory=list)
	left: list[str] = field(default_factory=list)

	@property
	def filled(self) -> set[str]:
		"""Where inputs go that are there already."""
		return {place.lower() for asked in self.inputs for place in _places(asked)}

	@property
	def keys(self) -> set[str]:
		return {asked["key"] for asked in self.inputs}

	def ask(self, key: str, title: str, **more: Any) -> None:
		"""An input, unless one goes to the same place."""
		if (more.get("fills") or "-").lower() not in self.filled:
			self.inputs.append({"key": _free(key, self.keys), "title": title, **more})


def parts_of(doc, known: Preset | None) -> AccountParts:
	"""The parts for an Integration Settings. known: the preset of its system, whose words are used where they fit.

	Raises `frappe.PermissionError` where its way to authenticate stands in a Connected App that is closed to the
	session's user.
	"""
	way = _way(doc, known)
	parts = AccountParts()
	for asked in known.inputs if known else ():
		if not asked.auth or way:
			parts.inputs.append(_said(asked))
	for said in parts.inputs:
		# By another way, what it was taken from is not asked for: it is entered itself.
		if (said.get("taken_from") or {}).get("input") not in parts.keys:
			said.pop("taken_from", None)
	_authenticate(parts, doc, known, way)
	_addresses(parts, doc, known)
	_own_rows(parts, doc, known, way)
	_own_fields(parts, doc, known)
	_commerce(parts, doc)
	parts.settings |= dict(_settings(parts, doc, way))
	parts.limits = {name: doc.get(fieldname) for name, fieldname in LIMITS.items() if doc.get(fieldname)}
	parts.answers = [_plain(row) for row in doc.answer_rules]
	return parts


def _way(doc, known: Preset | None) -> Authentication | None:
	"""The way of the preset by which an account authenticates; None where it goes another one."""
	for way in known.auth if known else ():
		if all(_text(doc.get(name)) == _text(value) for name, value in way.settings.items()):
			return way
	return None


def _authenticate(parts: AccountParts, doc, known: Preset | None, way: Authentication | None) -> None:
	if way:
		parts.auth = [_said(one) for one in known.auth]
	elif doc.auth_type in BY_CONNECTED_APP and doc.connected_app:
		app = frappe.get_doc("Connected App", doc.connected_app)
		app.check_permission("read")
		parts.auth = [_by_app(doc, app)]
		parts.ask("client_id", "Client ID", fills=CLIENT_ID)
		parts.ask("client_secret", "Client secret", fills=CLIENT_SECRET, secret=True)


def _by_app(doc, app) -> dict[str, Any]:
	addresses = {
		"authorization_url": app.authorization_uri,
		"token_url": app.token_uri,
		"revocation_url": app.revocation_uri,
	}
	oauth = {name: address for name, address in addresses.items() if address}
	if scopes := [row.scope for row in app.scopes]:
		oauth["scopes"] = scopes
	if sent := {row.key: row.value for row in app.query_parameters if not telling(row.key)}:
		oauth["parameters"] = sent
	return {"key": "app", "title": doc.auth_type, "settings": {"auth_type": doc.auth_type}, "oauth": oauth}


def _addresses(parts: AccountParts, doc, known: Preset | None) -> None:
	places = {place.name: place for place in known.environments} if known else {}
	for name, fieldname in ADDRESSES.items():
		address = doc.get(fieldname) or ""
		if name in places and address in ("", places[name].base_url):
			parts.environments.append(_said(places[name]))
		elif "{input." in address:
			parts.environments.append({"name": name, "base_url": address})
		elif address:
			required = {} if name == "Production" else {"required": False}
			title = ADDRESS_TITLES[name]
			parts.ask("address" if required == {} else "sandbox_address", title, fills=fieldname,
				example="https://api.example.com", **required)  # fmt: skip


def _own_rows(parts: AccountParts, doc, known: Preset | None, way: Authentication | None) -> None:
	for row in doc.inputs:
		if row.key not in parts.keys:
			parts.inputs.append({"key": row.key, "title": row.title or row.key})
	shipped = [
		one.model_dump() for one in (*(known.parameters if known else ()), *(way.parameters if way else ()))
	]
	of_way = [one.model_dump() for one in way.parameters] if way else []
	for row in doc.parameters:
		plain = {"place": row.place, "key": row.key, "value": row.value or ""}
		fills = f"{row.place.lower()}:{row.key}"
		if plain in of_way or fills.lower() in parts.filled:
			continue
		if not row.secret and (plain in shipped or _is_of_system(plain)):
			parts.parameters.append(plain)
		else:
			secret = {"secret": True} if row.secret or telling(row.key) else {}
			parts.ask(_key_of(row.key), row.key, fills=fills, **secret)


def _is_of_system(row: Mapping[str, str]) -> bool:
	return not telling(row["key"]) and ("{input." in row["value"] or bool(_OF_SYSTEM.fullmatch(row["key"])))


def _own_fields(parts: AccountParts, doc, known: Preset | None) -> None:
	"""Fields of the account that are its own: secrets, names of users, documents of this site."""
	made = known and known.webhooks and known.webhooks.secret in (MADE_HERE, "answered")
	shipped = known.settings if known else {}
	for one in doc.meta.fields:
		name, value = one.fieldname, doc.get(one.fieldname)
		if not value or name.startswith(PREVIOUS) or (name == "verification_secret" and made):
			continue
		if one.fieldtype == "Password":
			parts.ask(name, _(one.label), fills=name, secret=True)
		elif name in OWN_TEXTS and _text(shipped.get(name)) != _text(value):
			parts.ask(name, _(one.label), fills=name)
		elif one.fieldtype == "Link" and name not in {*FORBIDDEN_SETTINGS, *parts.filled}:
			asked = document_input(name, _(one.label), one.options)
			parts.inputs.append({**asked, "key": _free(name, parts.keys), "fills": name})


def _commerce(parts: AccountParts, doc) -> None:
	"""Rows of Accounts: an input for each ledger account, for the kinds that go there."""
	covered = {
		kind
		for place in parts.filled
		if place.startswith(LEDGER_PLACE + ":")
		for kind in place.partition(":")[2].split(",")
	}
	kinds: dict[str, list[str]] = {}
	for row in doc.get(LEDGER_PLACE):
		if row.kind.lower() in covered:
			continue
		if (row.title or "*") == "*" and not row.cost_center:
			kinds.setdefault(row.account, []).append(row.kind)
		else:
			parts.left.append(
				_("Tab Commerce, Ledger accounts: a row for {0} with the title {1}.").format(
					_(row.kind), row.title or "*"
				)
			)
	for of_account in kinds.values():
		asked = document_input(
			_key_of("_".join(of_account)),
			_("Account for {0}").format(", ".join(map(_, of_account))),
			"Account",
		)
		parts.inputs.append({**asked, "fills": f"{LEDGER_PLACE}:{','.join(of_account)}"})
	if doc.warehouses:
		parts.left.append(_("Tab Commerce: the warehouses of which stock is told."))


def _settings(parts: AccountParts, doc, way: Authentication | None) -> Iterator[tuple[str, Any]]:
	"""The fields that are not as in any new account, and belong to the system."""
	of_way = set(way.settings) if way else {name for one in parts.auth for name in one["settings"]}
	skipped = {*FORBIDDEN_SETTINGS, *of_way, *parts.filled, *LIMITS.values(), "preset_release"}
	for one in doc.meta.fields:
		name = one.fieldname
		if one.fieldtype in (*no_value_fields, "Password", "Link") or one.read_only or name in skipped:
			continue
		value = _value(one, doc.get(name))
		if value == _value(one, one.default):
			continue
		if name in SENT and _holds_secret(value):
			parts.left.append(_("{0}: it may hold a secret, and is not in the file.").format(_(one.label)))
			continue
		yield name, value


def _holds_secret(text: str) -> bool:
	"""Whether JSON has a value that is secret by its name. One that names an input is not in the file anyway."""
	try:
		found = json.loads(text)
	except ValueError:
		return True
	return _tells(found)


def _tells(value: Any, name: str = "") -> bool:
	if isinstance(value, dict):
		return any(_tells(part, key) for key, part in value.items())
	if isinstance(value, list):
		return any(_tells(part, name) for part in value)
	return telling(name) and value not in (None, "", True, False) and "{input." not in str(value)


def _value(one, value: Any) -> Any:
	if one.fieldtype in ("Check", "Int"):
		return cint(value)
	return flt(value) if one.fieldtype == "Float" else str(value or "")


def _text(value: Any) -> str:
	return "" if value in (None, 0, 0.0) else str(value)


def _said(part: Any) -> dict[str, Any]:
	return part.model_dump(mode="json", exclude_unset=True)


def _plain(row) -> dict[str, Any]:
	return {one.fieldname: row.get(one.fieldname) for one in row.meta.fields if row.get(one.fieldname)}


def _key_of(text: str) -> str:
	"""A key for an input that goes by this name."""
	key = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:36].rstrip("_")
	return key if key[:1].isalpha() else f"x_{key}"[:36]


def _places(asked: Mapping[str, Any]) -> list[str]:
	fills = asked.get("fills") or ""
	return [fills] if isinstance(fills, str) else list(fills)


def _free(key: str, taken: set[str]) -> str:
	base, number = key, 2
	while key in taken:
		key, number = f"{base}_{number}", number + 1
	return key
