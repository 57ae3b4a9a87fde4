"""The way out that the site's administrator set: a proxy, and a client certificate.

Both stand in site_config.json only, so that nobody who may edit an account can send its requests elsewhere, and
hold either for the whole site or by account: {"<account name>": …, "*": …}, where null means none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.proxy import PROXY_KEY, EgressProxy
from erp_connect.transport.tls import CERTIFICATE_KEY, ClientCertificate

_PROXY_FORM = '"http://user:password@proxy.example:3128", or {"url": "http://…", "resolves": true}'
_CERTIFICATE_FORM = '{"certificate": "/path/cert.pem", "key": "/path/key.pem"}, if need be with "password"'


def proxy_of(conf: Mapping[str, Any], account: str = "") -> EgressProxy | None:
	"""The proxy for an account, or for requests of no account. Raises ConfigurationError."""
	value = _chosen(conf.get(PROXY_KEY), account, "url")
	if not value:
		return None
	parts = {"url": value} if isinstance(value, str) else value
	if not _fits(parts, "url", {"url": str, "resolves": bool | int}):
		raise _unreadable(PROXY_KEY, _PROXY_FORM)
	return EgressProxy.of(parts["url"], resolves=bool(parts.get("resolves")))


def certificate_of(conf: Mapping[str, Any], account: str = "") -> ClientCertificate | None:
	"""The client certificate of an account. Raises ConfigurationError; whether the files fit shows on connecting."""
	value = _chosen(conf.get(CERTIFICATE_KEY), account, "certificate")
	if not value:
		return None
	if not _fits(value, "certificate", {"certificate": str, "key": str, "password": str}):
		raise _unreadable(CERTIFICATE_KEY, _CERTIFICATE_FORM)
	password = value.get("password")
	return ClientCertificate(
		value["certificate"], value.get("key", ""), Secret(password) if password else None
	)


def _chosen(value: Any, account: str, mark: str) -> Any:
	"""What holds for the account. mark: the key by which a setting is told from one by account."""
	if not isinstance(value, Mapping) or mark in value:
		return value
	return value[account] if account in value else value.get("*")


def _fits(value: Any, needed: str, known: Mapping[str, Any]) -> bool:
	"""Whether a setting says what is needed, and nothing that means nothing here."""
	return (
		isinstance(value, Mapping)
		and bool(value.get(needed))
		and all(isinstance(part, known.get(name, ())) for name, part in value.items())
	)


def _unreadable(key: str, form: str) -> ConfigurationError:
	# What stands there is not repeated: it may hold a password.
	return ConfigurationError(
		"The setting {key} in site_config.json cannot be read. Write it as {form}; or by account, as "
		'{{"<account name>": …, "*": …}}.',
		code="site_config",
		key=key,
		form=form,
	)
