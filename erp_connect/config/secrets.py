"""Reads secrets: from Password fields, or by name from the site config or the environment.

A Password field may hold `site_config:NAME` or `env:ERP_CONNECT_NAME` instead of the secret itself. Only
the key `erp_connect_secrets` of the site config and variables that start with `ERP_CONNECT_` can be named,
so that nobody who may edit an account can send the site's own secrets to an address of their choice.
"""

import os
from collections.abc import Iterator

import frappe
from cryptography.fernet import InvalidToken

from erp_connect import compat
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret

SITE_CONFIG = "site_config:"
ENVIRONMENT = "env:"
ENVIRONMENT_PREFIX = "ERP_CONNECT_"


def read(doc, fieldname: str, required: bool = False) -> Secret | None:
	"""The secret in Password field `fieldname` of a document or child row; None when it is empty.

	Raises `ConfigurationError` when it is required and missing, cannot be decrypted or names nothing.
	"""
	value = stored(doc, fieldname)
	if value.startswith(SITE_CONFIG):
		value = _from_site_config(value.removeprefix(SITE_CONFIG).strip())
	elif value.startswith(ENVIRONMENT):
		value = _from_environment(value.removeprefix(ENVIRONMENT).strip())
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


def stored(doc, fieldname: str) -> str:
	"""What a Password field holds, as it stands there; empty when nothing. Raises `ConfigurationError`."""
	value = doc.get(fieldname) or ""
	if value and not doc.is_dummy_password(value):
		return value  # typed into the form, not saved yet
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


def _from_site_config(name: str) -> str:
	value = (frappe.conf.get("erp_connect_secrets") or {}).get(name)
	return str(value) if value else _nothing_named(f"erp_connect_secrets.{name} in site_config.json")


def _from_environment(name: str) -> str:
	if not name.startswith(ENVIRONMENT_PREFIX):
		raise ConfigurationError(
			"Environment variables for secrets start with {prefix}. Rename {name} to {prefix}{name}.",
			code="foreign_variable",
			prefix=ENVIRONMENT_PREFIX,
			name=name,
		)
	return os.environ.get(name) or _nothing_named(f"the environment variable {name}")


def _nothing_named(place: str) -> str:
	raise ConfigurationError(
		"A secret is to be read from {place}, but nothing is set there.", code="missing_secret", place=place
	)
