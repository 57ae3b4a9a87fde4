"""The proxy through which a site reaches the outside, where its network demands one.

Promises that its password appears nowhere but in what the proxy itself gets. Never takes a proxy from the
environment: the administrator names it in site_config.json.
"""

from __future__ import annotations

import base64
import http.client
import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.errors import TransportError
from erp_connect.transport.sockets import TimedSocket

PROXY_KEY = "erp_connect_proxy"
FORM = "http://proxy.example:3128 or http://user:password@proxy.example:3128"


@dataclass(frozen=True)
class EgressProxy:
	"""An HTTP proxy. authorization: value of the header it asks for, None when it asks for nothing.

	resolves: it gets the receiver's name instead of the checked address, for proxies that allow by name.
	"""

	host: str
	port: int
	authorization: Secret | None = None
	resolves: bool = False

	@classmethod
	def of(cls, url: str, *, resolves: bool = False) -> EgressProxy:
		"""From an address as in `FORM`, user name and password percent-encoded. Raises ConfigurationError."""
		try:
			parts = urlsplit(url)
			host, port = parts.hostname, parts.port
		except (ValueError, AttributeError):
			raise _unreadable() from None
		if parts.scheme != "http" or not host or not port or parts.path not in ("", "/") or parts.query:
			raise _unreadable()
		return cls(host, port, _basic(parts.username, parts.password), resolves)

	def __str__(self) -> str:
		return f"{self.host}:{self.port}"


def _unreadable() -> ConfigurationError:
	# What stands there is not repeated: it may hold a password.
	return ConfigurationError(
		"The proxy cannot be read. Write {key} in site_config.json as {form}; proxies that are themselves reached "
		"over https or SOCKS are not supported.",
		code="site_config",
		key=PROXY_KEY,
		form=FORM,
	)


def _basic(username: str | None, password: str | None) -> Secret | None:
	if username is None:
		return None
	pair = f"{unquote(username)}:{unquote(password or '')}"
	return Secret("Basic " + base64.b64encode(pair.encode()).decode())


def open_tunnel(sock: TimedSocket, proxy: EgressProxy, destination: str, limit: float) -> int:
	"""Ask the proxy for a connection to `destination` (host and port). The status of its answer; 2xx: it is there.

	limit: on the monotonic clock. Raises OSError, and http.client.HTTPException for what is no HTTP. Asked here
	and not by http.client's own means, which tell the proxy's answer only as a line of text.
	"""
	lines = [f"CONNECT {destination} HTTP/1.1", f"Host: {destination}"]
	if proxy.authorization:
		lines.append(f"Proxy-Authorization: {proxy.authorization.reveal()}")
	sock.allow(limit, math.inf)
	sock.send_whole("\r\n".join([*lines, "", ""]).encode("latin-1"))
	answer = http.client.HTTPResponse(sock, method="CONNECT")
	try:
		answer.begin()
	finally:
		answer.close()
	if sock.leftover and answer.status < 300:
		raise http.client.HTTPException("bytes nobody asked for")
	return answer.status


def unreachable(proxy: EgressProxy) -> TransportError:
	return _failure(
		"The proxy {proxy} cannot be reached. Check {key} in site_config.json, and that the proxy runs.",
		proxy,
	)


def silent(proxy: EgressProxy) -> TransportError:
	return _failure(
		"The proxy {proxy} did not answer in time. Check {key} in site_config.json, and that the proxy works.",
		proxy,
	)


def no_proxy(proxy: EgressProxy) -> TransportError:
	return _failure(
		"What answers at {proxy} is not an HTTP proxy, or it broke off. Check {key} in site_config.json.",
		proxy,
	)


def refused(proxy: EgressProxy, status: int, host: str, destination: str) -> TransportError:
	"""The failure for an answer that is no connection. destination: what it was asked for."""
	if status == 407:
		return _failure(
			"The proxy {proxy} asks for a user name and password, or does not accept those it got (status 407). "
			"Correct {key} in site_config.json.",
			proxy,
		)
	return _failure(
		"The proxy {proxy} made no connection to {host} (status {status} for {destination}). Have it allow that; if "
		'it allows names only, set "resolves" in {key} of site_config.json.',
		proxy,
		status=status,
		host=host,
		destination=destination,
	)


def _failure(template: str, proxy: EgressProxy, **params: Any) -> TransportError:
	return TransportError(template, kind="proxy", proxy=str(proxy), key=PROXY_KEY, **params)
