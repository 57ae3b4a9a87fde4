"""Inputs of an account, put where a text names them: `https://{input.shop}.example.com`, `{input.warehouse}`.

Only this form is a place; any other brace stays as it is, since the texts are constants, headers and addresses of
all kinds. Promises: a value put into an address stays in its place: it adds no host, port, user, path or query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from erp_connect.core.errors import ConfigurationError

KEY = r"[a-z][a-z0-9_]{0,39}"
_PLACE = re.compile(r"\{input\.(" + KEY + r")\}")
# What a part of a host's name is made of.
_HOST_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def named_in(text: str) -> set[str]:
	"""The keys of the inputs that a text names."""
	return set(_PLACE.findall(text))


def filled(text: str, inputs: Mapping[str, str]) -> str:
	"""The text with the values of its inputs, as they are. Raises ConfigurationError (code `input`) for a missing one."""
	return _PLACE.sub(lambda place: _value(place[1], inputs), text)


def filled_address(text: str, inputs: Mapping[str, str]) -> str:
	"""An address with the values of its inputs, percent-encoded behind the host.

	Raises ConfigurationError (code `input`) for a missing one, and for one in the host that cannot be part of a host's
	name. An input may also be the whole of scheme and host; what follows is judged by whoever checks addresses.
	"""
	head = _PLACE.match(text)
	if head:
		start, rest = _value(head[1], inputs).rstrip("/"), text[head.end() :]
		return start + _PLACE.sub(lambda place: quote(_value(place[1], inputs), safe=""), rest)
	scheme, separator, rest = text.partition("://")
	host, slash, path = rest.partition("/")
	host = _PLACE.sub(lambda place: _of_host(place[1], inputs), host)
	path = _PLACE.sub(lambda place: quote(_value(place[1], inputs), safe=""), path)
	return f"{scheme}{separator}{host}{slash}{path}"


def _value(key: str, inputs: Mapping[str, str]) -> str:
	if value := inputs.get(key):
		return value
	raise ConfigurationError(
		"The input {key} is not set. Enter it in the table Inputs of the account.", code="input", key=key
	)


def _of_host(key: str, inputs: Mapping[str, str]) -> str:
	value = _value(key, inputs)
	if not _HOST_PART.fullmatch(value):
		raise ConfigurationError(
			"The input {key} is part of the address of a host: letters, digits, hyphens and dots only. Correct it in the "
			"table Inputs of the account.",
			code="input",
			key=key,
		)
	return value
