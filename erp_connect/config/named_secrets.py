"""Secrets that are kept outside of the database and named in a Password field.

`site_config:NAME` is read from `erp_connect_secrets` in site_config.json, `env:ERP_CONNECT_NAME` from the environment.
Only that key and that prefix can be named. An entry may state the hosts to which its secret goes: of the site config as
`{"value": "…", "hosts": ["shop.example"]}`, of a variable by another one with `_HOSTS` at the end of its name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import frappe

from erp_connect.core.errors import ConfigurationError

SITE_CONFIG = "site_config:"
ENVIRONMENT = "env:"
ENVIRONMENT_PREFIX = "ERP_CONNECT_"
HOSTS_SUFFIX = "_HOSTS"
KEY = "erp_connect_secrets"


@dataclass(frozen=True)
class NamedSecret:
	"""hosts: to which it may go; None when nothing is stated. place: of the statement, for messages."""

	value: str
	hosts: tuple[str, ...] | None
	place: str

	def __repr__(self) -> str:
		return f"NamedSecret({self.place})"


def is_name(text: str) -> bool:
	"""Whether what a Password field holds is the name of a secret rather than one."""
	return text.startswith((SITE_CONFIG, ENVIRONMENT))


def normalised(name: str) -> str:
	"""The name without spaces behind its colon."""
	kind, _, rest = name.partition(":")
	return f"{kind}:{rest.strip()}"


def find(name: str) -> NamedSecret:
	"""The secret of a name. Raises `ConfigurationError` where nothing is set, or the entry cannot be read."""
	kind, _, rest = normalised(name).partition(":")
	return _of_site_config(rest) if f"{kind}:" == SITE_CONFIG else _of_environment(rest)


def _of_site_config(name: str) -> NamedSecret:
	place = f"{KEY}.{name} in site_config.json"
	entry = (frappe.conf.get(KEY) or {}).get(name)
	parts = entry if isinstance(entry, Mapping) else {"value": entry}
	value, hosts = parts.get("value"), parts.get("hosts")
	hosts = [hosts] if isinstance(hosts, str) else hosts
	readable = isinstance(value, str | int) or value is None
	if not readable or not _are_texts(hosts) or set(parts) - {"value", "hosts"}:
		# What stands there is not repeated: it may hold the secret.
		raise ConfigurationError(
			'The entry {place} cannot be read. Write it as "secret", or as '
			'{{"value": "secret", "hosts": ["shop.example"]}}.',
			code="site_config",
			place=place,
		)
	if not value:
		raise _nothing_at(place)
	return NamedSecret(str(value), None if hosts is None else tuple(hosts), place)


def _are_texts(hosts: object) -> bool:
	return hosts is None or (isinstance(hosts, list) and all(isinstance(host, str) for host in hosts))


def _of_environment(name: str) -> NamedSecret:
	if not name.startswith(ENVIRONMENT_PREFIX):
		raise ConfigurationError(
			"Environment variables for secrets start with {prefix}. Rename {name} to {prefix}{name}.",
			code="foreign_variable",
			prefix=ENVIRONMENT_PREFIX,
			name=name,
		)
	value, hosts = os.environ.get(name), os.environ.get(name + HOSTS_SUFFIX)
	if not value:
		raise _nothing_at(f"the environment variable {name}")
	stated = None if hosts is None else tuple(host.strip() for host in hosts.split(",") if host.strip())
	return NamedSecret(value, stated, f"the environment variable {name}{HOSTS_SUFFIX}")


def _nothing_at(place: str) -> ConfigurationError:
	return ConfigurationError(
		"A secret is to be read from {place}, but nothing is set there.", code="missing_secret", place=place
	)
