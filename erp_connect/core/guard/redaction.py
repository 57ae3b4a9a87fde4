"""Keeping secrets out of everything that is stored or shown.

Promises that a value under a telling name, and every known secret wherever it occurs (also encoded), is
replaced by `MASK`. Never changes what it is given: copies go out. Never decides what is stored, only in
which form.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from erp_connect.core.guard.sensitive import is_card, squeeze, telling

MASK = "•••"
# Shorter than this a secret is as likely to be part of an ordinary word.
MIN_SECRET = 4
_MAX_DEPTH = 48
_LEAST_CORE = 5

_SCHEMES = re.compile(r"bearer|basic|token|digest|\w{1,30}-oauthtoken", re.IGNORECASE)
_NAME_FIELDS = ("name", "key", "field", "fieldname", "header")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?!\w|[.-]\d)")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{5,}={0,2}")
_SCHEME = re.compile(r"\b(Bearer|Basic|\w{1,30}-oauthtoken)(\s+)[A-Za-z0-9+/=._~:-]{6,}", re.IGNORECASE)
_FRAPPE_TOKEN = re.compile(r"\b(token\s+)[\w.-]+:[\w.-]+", re.IGNORECASE)
_HALF = re.compile("[\ud800-\udfff]")
_PAIR = re.compile(
	r"""(?<![\w.-])(["']?)([A-Za-z_][\w.-]{1,60})\1(\s{0,8}[=:]\s{0,8})("[^"\n]*"|'[^'\n]*'|[^\s"',;&{}\[\]<>]+)"""
)


class Secret:
	"""A secret text that does not show itself: printing, formatting and logging give `MASK`.

	`reveal()` is the one way to the text. It cannot be pickled, so it cannot end up in a job queue.
	"""

	__slots__ = ("_text",)

	def __init__(self, text: str) -> None:
		self._text = text

	def reveal(self) -> str:
		return self._text

	def __str__(self) -> str:
		return MASK

	__repr__ = __str__

	def __format__(self, spec: str) -> str:
		return format(MASK, spec)

	def __bool__(self) -> bool:
		return bool(self._text)

	def __eq__(self, other: object) -> bool:
		if not isinstance(other, Secret):
			return NotImplemented
		return hmac.compare_digest(self._text.encode(), other._text.encode())

	def __hash__(self) -> int:
		return hash(self._text)

	def __copy__(self) -> Secret:
		return self

	def __deepcopy__(self, memo: Any) -> Secret:
		return self

	def __reduce__(self):
		raise TypeError("a secret cannot be pickled; pass the name of its record instead")


class Redactor:
	"""Redaction for one account: its secrets and its own telling names, prepared once.

	secrets: texts or `Secret`s that must not appear anywhere. names: further header, query or field names
	whose values are hidden.
	"""

	def __init__(self, secrets: Iterable[str | Secret] = (), names: Iterable[str] = ()) -> None:
		self._names = frozenset(squeeze(name) for name in names)
		known = {text for text in map(_plain, secrets) if len(text) >= MIN_SECRET}
		self._pattern = _secret_pattern(known)
		self._cores = tuple(core for text in known for core in _base64_cores(text.encode()))

	def __repr__(self) -> str:
		return "<Redactor>"

	def tells(self, name: str) -> bool:
		"""Whether a value called `name` is to be hidden."""
		return telling(name) or (bool(self._names) and squeeze(name) in self._names)

	def headers(self, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
		"""A copy of the headers; of a hidden `Authorization` the scheme stays readable."""
		pairs = headers.items() if isinstance(headers, Mapping) else headers
		return {
			name: _hidden_header(value) if self.tells(name) else self.text(str(value))
			for name, value in pairs
		}

	def json(self, value: Any) -> Any:
		"""A copy of parsed JSON with hidden values; empty ones stay, as they say that something is missing."""
		return self._json(value, 0)

	def _json(self, value: Any, depth: int) -> Any:
		if depth > _MAX_DEPTH:
			return MASK
		if isinstance(value, Mapping):
			return self._mapping(value, depth)
		if isinstance(value, list | tuple):
			return [self._json(item, depth + 1) for item in value]
		if isinstance(value, str):
			return self._leaf(value)
		if isinstance(value, int) and not isinstance(value, bool) and value >= 10**12 and is_card(str(value)):
			return MASK
		return value

	def _mapping(self, value: Mapping, depth: int) -> dict:
		copy = {
			key: _hidden(item) if self.tells(str(key)) else self._json(item, depth + 1)
			for key, item in value.items()
		}
		# {"name": "password", "value": "…"}: the telling name is itself a value.
		named = next((value[name] for name in _NAME_FIELDS if isinstance(value.get(name), str)), "")
		if named and "value" in copy and self.tells(named):
			copy["value"] = _hidden(value["value"])
		return copy

	def url(self, url: str) -> str:
		"""The URL with hidden user information and hidden values of telling query parameters."""
		try:
			parts = urlsplit(url)
		except ValueError:
			return self.text(url)
		host = MASK + "@" + parts.netloc.rpartition("@")[2] if "@" in parts.netloc else parts.netloc
		query = "&".join(self._parameter(part) for part in parts.query.split("&")) if parts.query else ""
		return self._without_secrets(urlunsplit((parts.scheme, host, parts.path, query, parts.fragment)))

	def _parameter(self, part: str) -> str:
		name, equals, value = part.partition("=")
		return f"{name}={MASK}" if equals and value and self.tells(unquote_plus(name)) else part

	def text(self, text: str) -> str:
		"""Any text: known secrets in every form, credentials by their scheme, `name=value` by telling names."""
		text = self._without_secrets(text)
		text = _FRAPPE_TOKEN.sub(rf"\g<1>{MASK}", _SCHEME.sub(rf"\g<1>\g<2>{MASK}", text))
		return _PAIR.sub(self._pair, _without_cards(text))

	def body(self, text: str) -> str:
		"""A body as text: as JSON when it is JSON, otherwise as any text."""
		try:
			redacted = json.dumps(self.json(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
			return whole_characters(redacted)
		except (ValueError, RecursionError):
			return self.text(text)

	def _pair(self, match: re.Match[str]) -> str:
		quoted, name, between, value = match.groups()
		if not self.tells(name) or MASK in value or _SCHEMES.fullmatch(value):
			return match[0]
		mark = value[0] if value[0] in "\"'" else ""
		return f"{quoted}{name}{quoted}{between}{mark}{MASK}{mark}"

	def _leaf(self, text: str) -> str:
		# Prose is full of "token: …"; a leaf of JSON has its own name, so only what is certain is hidden.
		return _without_cards(_SCHEME.sub(rf"\g<1>\g<2>{MASK}", self._without_secrets(text)))

	def _without_secrets(self, text: str) -> str:
		if self._pattern is None:
			return text
		text = self._pattern.sub(MASK, text)
		if any(core in text for core in self._cores):
			# The whole run goes: what stands before and after the certain part belongs to the secret too.
			text = _BASE64_RUN.sub(self._run, text)
		return text

	def _run(self, match: re.Match[str]) -> str:
		return MASK if any(core in match[0] for core in self._cores) else match[0]


def redact_json(value: Any) -> Any:
	"""A copy of parsed JSON with the values of telling names, and card numbers, hidden."""
	return _PLAIN.json(value)


def redact_url(url: str) -> str:
	"""The URL with user information and the values of telling query parameters hidden."""
	return _PLAIN.url(url)


def whole_characters(text: str) -> str:
	"""The text with U+FFFD for each half of a character, which could not be stored."""
	return _HALF.sub("\ufffd", text)


def cap(text: str, limit: int) -> str:
	"""The text cut to at most `limit` characters, the last of which then say how much is missing."""
	if len(text) <= limit:
		return text
	marker = f"… [{len(text)} characters in all]"
	return text[: max(0, limit - len(marker))] + marker if limit > len(marker) else text[:limit]


def _without_cards(text: str) -> str:
	return _CARD.sub(lambda match: MASK if is_card(match[0]) else match[0], text)


def _plain(secret: str | Secret) -> str:
	return secret.reveal() if isinstance(secret, Secret) else secret


def _hidden(value: Any) -> Any:
	return value if value is None or value == "" or isinstance(value, bool) else MASK


def _hidden_header(value: str) -> str:
	scheme, space, rest = str(value).partition(" ")
	readable = rest and _SCHEMES.fullmatch(scheme)
	return f"{scheme} {MASK}" if readable else _hidden(value)


def _secret_pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
	forms = {re.escape(form) for secret in secrets for form in _forms(secret)}
	return re.compile("|".join(sorted(forms, key=len, reverse=True))) if forms else None


def _forms(secret: str) -> set[str]:
	"""Every plain writing in which a secret may turn up."""
	forms = {secret, quote(secret, safe=""), quote_plus(secret), quote(secret)}
	for escaped in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
		forms |= {escaped, escaped.replace("/", "\\/")}
	return forms


def _base64_cores(secret: bytes) -> set[str]:
	"""The part of base64 text that is certain when it holds the secret, at each of the three alignments.

	`user:secret` in Basic authentication is one of them. The characters at both ends mix with what stands
	beside the secret.
	"""
	cores = set()
	for offset, unsure in ((0, 0), (1, 2), (2, 3)):
		encoded = base64.b64encode(b"\0" * offset + secret).decode().rstrip("=")
		core = encoded[unsure : (offset + len(secret)) * 8 // 6]
		if len(core) >= _LEAST_CORE:
			cores |= {core, core.replace("+", "-").replace("/", "_")}
	return cores


_PLAIN = Redactor()
