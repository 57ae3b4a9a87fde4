"""Reads secrets: from Password fields, or from where the name in a Password field leads (`named_secrets`)."""

from collections.abc import Iterator

import frappe
from cryptography.fernet import InvalidToken

from erp_connect import compat
from erp_connect.config import named_secrets
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret


def read(doc, fieldname: str, required: bool = False) -> Secret | None:
	"""The secret in Password field `fieldname` of a document or child row; None when it is empty.

	Raises `ConfigurationError` when it is required and missing, cannot be decrypted or names nothing.
	"""
	value = stored(doc, fieldname)
	if named_secrets.is_name(value):
		value = named_secrets.find(value).value
	if not value and required:
		raise ConfigurationError(
			"{field} is not set. Enter it in {doctype} {name}.",
			code="missing_secret",
			field=doc.meta.get_label(fieldname),
			doctype=doc.doctype,
			name=doc.get("parent") or doc.name,
		)
	return Secret(value) if value else None


def all_of(doc) -> Iterator[Secret]:
	"""Every secret of a document and its rows, for redaction. What cannot be read is left out."""
	for part in (doc, *doc.get_all_children()):
		for field in part.meta.get("fields", {"fieldtype": "Password"}):
			try:
				secret = read(part, field.fieldname)
			except ConfigurationError:
				continue
			if secret:
				yield secret


def is_typed(doc, fieldname: str) -> bool:
	"""Whether a Password field was filled in and is not saved yet; else it holds stars, or nothing."""
	value = doc.get(fieldname) or ""
	return bool(value) and not doc.is_dummy_password(value)


def stored(doc, fieldname: str) -> str:
	"""What a Password field holds, as it stands there; empty when nothing. Raises `ConfigurationError`."""
	if is_typed(doc, fieldname):
		return doc.get(fieldname)
	try:
		return compat.stored_password(doc, fieldname)
	except (frappe.ValidationError, InvalidToken) as error:
		raise ConfigurationError(
			"{field} of {name} cannot be decrypted. This happens when a backup was restored with another "
			"encryption key: enter the secret again, or restore `encryption_key` in the site config.",
			code="undecryptable_secret",
			field=doc.meta.get_label(fieldname),
			name=doc.get("parent") or doc.name,
		) from error
