"""What of a request can be signed: the parts that a template names, of the request as it is sent.

{host} with its port where it is not the scheme's own; {path} with the query; {folder} the path up to its last slash;
{form_md5} of the form as its receiver writes it anew, {form_md5_escaped} with values trimmed and escaped for HTML, as
some receivers do to all that comes in.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, quote_plus, urlsplit

from erp_connect.core.delivery.signing import QUERY, parts_named
from erp_connect.transport.messages import PreparedRequest

Part = str | bytes
_PORTS = {"http": 80, "https": 443}


def parts_of(request: PreparedRequest, template: str, key: str = "") -> dict[str, Part]:
	"""The values of the parts that `template` names, as far as the request has them. key: the public name of the key."""
	named = parts_named(template)
	found = {name: _PARTS[name](request) for name in named if name in _PARTS}
	if "key" in named:
		found["key"] = key
	if "id" in named and request.id:
		found["id"] = request.id
	if any(name.startswith(QUERY) for name in named):
		query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
		found |= {QUERY + name: value for name, value in query}
	return found


def _host(request: PreparedRequest) -> str:
	parts = urlsplit(request.url)
	host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
	usual = parts.port in (None, _PORTS.get(parts.scheme))
	return host if usual else f"{host}:{parts.port}"


def _folder(request: PreparedRequest) -> str:
	path = request.path_url.partition("?")[0]
	return path[: path.rfind("/") + 1]


def _body(request: PreparedRequest) -> bytes:
	return request.body or b""


def _form(request: PreparedRequest) -> list[tuple[str, str]]:
	return parse_qsl(_body(request).decode("utf-8", "replace"), keep_blank_values=True)


def _form_md5(pairs: Iterable[tuple[str, str]]) -> str:
	text = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)
	return _md5(text.encode())


def _encoded(text: str) -> str:
	# RFC 1738, where the tilde is not among the safe characters.
	return quote_plus(text).replace("~", "%7E")


def _escaped(value: str) -> str:
	# Quotes for strings only: https://www.php.net/manual/function.htmlspecialchars with ENT_COMPAT
	return html.escape(value, quote=False).replace('"', "&quot;").strip(" \t\n\r\0\x0b")


def _md5(data: bytes) -> str:
	return hashlib.md5(data, usedforsecurity=False).hexdigest()


_PARTS: dict[str, Callable[[PreparedRequest], Part]] = {
	"timestamp": lambda request: str(int(request.now)),
	"timestamp_ms": lambda request: str(int(request.now * 1000)),
	"method": lambda request: request.method,
	"path": lambda request: request.path_url,
	"url": lambda request: request.url,
	"host": _host,
	"folder": _folder,
	"body": _body,
	"body_sha256": lambda request: hashlib.sha256(_body(request)).hexdigest(),
	"body_md5": lambda request: _md5(_body(request)),
	"form_md5": lambda request: _form_md5(_form(request)),
	"form_md5_escaped": lambda request: _form_md5((n, _escaped(v)) for n, v in _form(request)),
}
