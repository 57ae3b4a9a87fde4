"""The named schemes by which accounts can prove their requests: those of this app, and of others by a hook.

	erp_connect_request_schemes = {"acme": "acme_connect.signing.ACME"}

The path leads to a `transport.auth.RequestScheme`. No other app replaces a scheme of this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.config import inputs, secrets
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.values.inputs import filled
from erp_connect.core.values.json_text import problem_of
from erp_connect.transport.auth import BUILT_IN, AuthBase, Credentials, RequestScheme, proof_by

HOOK = "erp_connect_request_schemes"


def proof_of(doc) -> AuthBase:
	"""The proof by the scheme that an Integration Settings names. Raises `ConfigurationError`."""
	own = inputs.of_document(doc)
	scheme = find((doc.request_scheme or "").strip())
	credentials = Credentials(
		key=filled(doc.api_key or "", own),
		secret=secrets.read(doc, "api_secret"),
		token=secrets.read(doc, "token"),
		token_secret=secrets.read(doc, "token_secret"),
	)
	return proof_by(scheme, credentials, _filled(_settings(doc.scheme_settings), own))


def find(name: str) -> RequestScheme:
	"""Raises `ConfigurationError` for a name that no scheme has, and for one whose app cannot bring it."""
	if name in BUILT_IN:
		return BUILT_IN[name]
	of_others = frappe.get_hooks(HOOK) or {}
	if name not in of_others:
		raise ConfigurationError(
			"There is no scheme {scheme} to prove requests by. Choose one of: {known}.",
			code="auth",
			scheme=name or "-",
			known=Whole(", ".join(sorted({*BUILT_IN, *of_others}))),
		)
	scheme = _brought(of_others[name][-1])
	if not isinstance(scheme, RequestScheme):
		raise ConfigurationError(
			"The scheme {scheme} cannot be used: {path} is no scheme. Ask who maintains the app that brings it.",
			code="auth",
			scheme=name,
			path=of_others[name][-1],
		)
	return scheme


def options() -> list[dict[str, Any]]:
	"""The schemes for a form: {value, label, description, fields}; fields: those of the account that it uses."""
	names = [*BUILT_IN, *(name for name in frappe.get_hooks(HOOK) or {} if name not in BUILT_IN)]
	found = []
	for name in names:
		try:
			scheme = find(name)
		except ConfigurationError:
			continue  # told where it is chosen
		fields = [_FIELDS[use] for use in (*scheme.needs, *scheme.takes)]
		title, explained = frappe._(scheme.title), frappe._(scheme.help)
		found.append({"value": name, "label": title, "description": explained, "fields": fields})
	return found


_FIELDS = {"key": "api_key", "secret": "api_secret", "token": "token", "token_secret": "token_secret"}


def _brought(path: str) -> object:
	try:
		return frappe.get_attr(path)
	except (frappe.ValidationError, ImportError, AttributeError):
		return None


def _settings(text: str | None) -> Mapping[str, Any]:
	try:
		given = json.loads(text or "{}")
	except ValueError as error:
		raise ConfigurationError(
			"The settings of the scheme are not JSON: {reason}. Correct that line in the account, tab Authentication.",
			code="auth",
			reason=Whole(problem_of(error)),
		) from None
	if not isinstance(given, dict):
		raise ConfigurationError(
			'The settings of the scheme are one JSON object, such as {{"place": "query"}}.', code="auth"
		)
	return given


def _filled(given: Any, own: Mapping[str, str]) -> Any:
	if isinstance(given, str):
		return filled(given, own)
	if isinstance(given, dict):
		return {name: _filled(value, own) for name, value in given.items()}
	return [_filled(value, own) for value in given] if isinstance(given, list) else given
