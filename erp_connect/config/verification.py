"""How webhooks of an account are verified: its scheme and secrets, found by the key in the address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime

from erp_connect.config import preset_files, secrets
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.values.json_text import problem_of
from erp_connect.core.verify.request import VerificationError
from erp_connect.core.verify.scheme import names_webhook_id, scheme_from_dict
from erp_connect.core.verify.types import Reply, Scheme

CUSTOM = "custom"
# Stands for the id of a webhook until it is registered. Proves nothing: what comes before is refused.
AWAITED = "-"


@dataclass(frozen=True)
class Verification:
	"""name: of the account. allowed_ips: from where its webhooks may come, as the field says; empty: from anywhere."""

	name: str
	company: str | None
	scheme: Scheme
	secrets: tuple[Secret, ...]
	allowed_ips: str = ""


def of_key(key: str) -> Verification:
	"""The account that accepts webhooks under `key`. Raises `VerificationError` when there is none."""
	# As a plain statement: building one takes Frappe longer than it takes the database to answer.
	found = frappe.db.sql(
		"SELECT name FROM `tabIntegration Settings` WHERE endpoint_key = %s AND enabled = 1 AND inbound_enabled = 1",
		(key or "-",),
	)
	if not found:
		raise VerificationError("unknown_account")
	doc = frappe.get_cached_doc("Integration Settings", found[0][0])
	if not doc.verification:
		raise VerificationError("no_scheme", doc.name)
	networks = "" if doc.webhooks_from_anywhere else doc.allowed_ips or ""
	return Verification(doc.name, doc.company, scheme_of(doc), tuple(secrets_of(doc)), networks)


def scheme_of(doc) -> Scheme:
	"""The scheme an Integration Settings names or describes. Raises `ConfigurationError`."""
	return _read(doc, doc.webhook_id)


def reply_of(name: str, text: str) -> Reply | None:
	"""What a scheme asks to be told of its events. name, text: of the account's fields. Raises `ConfigurationError`."""
	given = parsed(text) if name == CUSTOM else _known(name)
	return scheme_from_dict({"webhook_id": AWAITED, **given}).reply


def scheme_to_be(doc) -> Scheme:
	"""`scheme_of`, also where the id of the webhook is not known before it is registered by the system's API."""
	return _read(doc, doc.webhook_id or (AWAITED if _is_registered_once(doc) else None))


def takes_webhook_id(doc) -> bool:
	"""Whether webhooks of an account are proved by the id that its one registration at the system was given."""
	return bool(doc.verification and _is_registered_once(doc) and names_webhook_id(scheme_to_be(doc)))


def _is_registered_once(doc) -> bool:
	preset = preset_files.of_account(doc)
	registration = preset.webhooks.registration if preset and preset.webhooks else None
	return bool(registration and not registration.each)


def _read(doc, webhook_id: str | None) -> Scheme:
	given = parsed(doc.verification_scheme) if doc.verification == CUSTOM else _known(doc.verification)
	own = {"webhook_id": webhook_id, "events": doc.webhook_events}
	return scheme_from_dict({**given, **{name: value for name, value in own.items() if value}})


def _known(name: str) -> Mapping[str, Any]:
	schemes = preset_files.schemes()
	if name not in schemes:
		raise ConfigurationError(
			"{scheme} is not a known way to verify webhooks. Choose one from the list, or custom.",
			code="scheme",
			scheme=name,
		)
	return schemes[name]


def options() -> list[dict[str, str]]:
	"""Known schemes as {value, label} for a form."""
	known = [
		{"value": key, "label": scheme.get("title") or key} for key, scheme in preset_files.schemes().items()
	]
	return [*known, {"value": CUSTOM, "label": frappe._("Custom")}]


def parsed(text: str | None) -> dict:
	"""The scheme that stands in the account as JSON. Raises `ConfigurationError`, with the line, where it is none."""
	if not (text or "").strip():
		raise ConfigurationError(
			"It is not said how webhooks are signed. Press Describe the Signature… under Inbound, or choose another entry in "
			"Webhooks are verified by.",
			code="scheme",
		)
	try:
		data = json.loads(text or "")
	except ValueError as error:
		raise ConfigurationError(
			"The scheme of webhooks is not valid JSON: {reason}. Correct that line, or press Describe the Signature… under "
			"Inbound, which writes it.",
			code="scheme",
			reason=Whole(problem_of(error)),
		) from None
	if not isinstance(data, dict):
		raise ConfigurationError(
			"The scheme of webhooks is one JSON object in braces. Press Describe the Signature… under Inbound, which writes it.",
			code="scheme",
		)
	return data


def secrets_of(doc) -> Iterator[Secret]:
	"""The secrets that webhooks of an account may be signed with now."""
	if secret := secrets.read(doc, "verification_secret"):
		yield secret
	if not doc.previous_verification_secret:
		return  # without asking the database: each webhook comes by here
	expires = doc.previous_verification_expires
	current = not expires or get_datetime(expires) > now_datetime()
	if current and (previous := secrets.read(doc, "previous_verification_secret")):
		yield previous
