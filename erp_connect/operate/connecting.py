"""Connecting a system: from its preset and what a person entered to an account with its flows, switched off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.config import presets
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.presets.connection import Authentication
from erp_connect.core.presets.preset import Preset
from erp_connect.operate import account_user, own_app


@dataclass(frozen=True)
class Connected:
	"""flows: names of the new flows. lacking: roles that the account's user needs for them and does not have.

	redirect: the address that the other side has to know before a person grants access; empty where nobody has to.
	"""

	account: str
	flows: tuple[str, ...]
	lacking: tuple[str, ...]
	redirect: str = ""


def connect(
	preset: Preset,
	values: Mapping[str, Any],
	entries: Mapping[str, Any],
	*,
	auth: str = "",
	flows: Sequence[str] = (),
	own_user: bool = False,
	brought: bool = False,
) -> Connected:
	"""Make an account of a system, and the chosen flows with those they need, as the session's user.

	values: `account_name`, `company`, `user`, `environment`. entries: what was entered for each input, by its key.
	auth: key of the way to authenticate; the preset's first one for an empty one. own_user: it acts as a new user, who
	has the roles of the flows. brought: the preset came as a file, and is not installed.

	Raises ConfigurationError for an entry that does not fit, an unknown flow or way, and an account of that name that is
	there already, Frappe's errors where the
	account, its user or its Connected App cannot be saved. The caller's transaction holds all of it or nothing.
	"""
	_require_free(str(values.get("account_name") or "").strip())
	way = _way(preset, auth)
	wanted = presets.with_needed(preset, flows)
	doc = frappe.new_doc("Integration Settings")
	doc.update({key: value for key, value in values.items() if value})
	asked = presets.asked_by(preset, way, (flow.name for flow in wanted))
	presets.enter(doc, asked, entries)
	presets.fill(doc, preset, way)
	presets.fill_addresses(doc, preset)
	presets.fill_webhooks(doc, preset)
	presets.describe_scheme(doc, preset)
	if way and way.oauth:
		addresses = presets.addresses_of(asked, doc)
		own_app.link(doc, way.oauth, **presets.client_of(asked, entries), addresses=addresses)
	of_calls = preset.serves.roles if preset.serves else ()
	roles = dict.fromkeys([*of_calls, *(role for flow in wanted for role in flow.roles)])
	if own_user:
		doc.user = account_user.make(doc.account_name, roles)
	doc.insert()
	names = tuple(presets.add_flow(doc.name, preset, flow, brought=brought) for flow in wanted)
	lacking = tuple(role for role in roles if role not in frappe.get_roles(doc.user))
	return Connected(doc.name, names, lacking, own_app.redirect_address(doc.name))


def _require_free(name: str) -> None:
	if name and frappe.db.exists("Integration Settings", name):
		raise ConfigurationError(
			"There is an account {account} already, and it stays as it is. Choose another name.",
			code="name_taken",
			account=name,
		)


def _way(preset: Preset, key: str) -> Authentication | None:
	way = preset.way(key)
	if key and way is None:
		raise ConfigurationError(
			"{preset} has no way to authenticate called {key}. Choose one of: {known}.",
			code="unknown_auth",
			preset=preset.title,
			key=key,
			known=Whole(", ".join(way.title for way in preset.auth) or "-"),
		)
	return way
