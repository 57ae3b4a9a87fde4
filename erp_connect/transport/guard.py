"""Opening a connection to an address that may be called.

Promises that the name is resolved once, that every address found is judged by core.guard.egress, and that the
connection goes to a judged address: a name that resolves differently a moment later gains nothing. Through a
proxy the same holds: it is asked for a judged address, not for the name, unless the administrator says so. The
proxy's own address comes from the administrator and is not judged. TLS is verified against the name.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from threading import Thread
from time import monotonic
from typing import NamedTuple

from erp_connect.core.errors import Told
from erp_connect.core.guard.egress import BlockedAddress, ParsedUrl, Policy, check_ip
from erp_connect.transport import proxy as proxies
from erp_connect.transport.errors import TransportError
from erp_connect.transport.proxy import EgressProxy
from erp_connect.transport.sockets import DeadlineReached, TimedSocket, TimedTlsSocket, remaining
from erp_connect.transport.tls import secured

MAX_ADDRESSES = 6
_LEAST_SHARE = 1.0


class Opened(NamedTuple):
	"""A connected socket. address: the IP address it leads to, empty when only the proxy knows it.

	forward: where the proxy is told to take each request, such as `http://192.0.2.1:80`; else empty.
	"""

	sock: TimedSocket | TimedTlsSocket
	address: str
	forward: str = ""


def open_socket(
	url: ParsedUrl,
	policy: Policy,
	*,
	connect_timeout: float,
	deadline: float,
	context: ssl.SSLContext | None,
	proxy: EgressProxy | None = None,
) -> Opened:
	"""A connection to the host in `url`.

	connect_timeout: seconds for resolution, connection, proxy and TLS together; deadline: on the monotonic clock.
	context: TLS settings for https. Raises TransportError; nothing was sent then.
	"""
	# One clock for all of it, so that many slow addresses do not add up.
	limit = min(deadline, monotonic() + connect_timeout)
	if proxy:
		opened = _through(proxy, url, policy, limit)
	else:
		addresses = _judged(url, policy, _resolve(url, limit))
		opened = Opened(*_connect_any(url.host, url.port, addresses, limit))
	if not url.secure:
		return opened
	if context is None:
		opened.sock.close()
		raise ValueError("https needs TLS settings")
	return opened._replace(sock=secured(opened.sock, url, context, limit))


def _resolve(url: ParsedUrl, limit: float) -> list[str]:
	return [str(url.address)] if url.address is not None else _lookup(url.host, url.port, limit)


def _lookup(host: str, port: int, limit: float) -> list[str]:
	answers: list[list[str] | OSError | UnicodeError] = []

	def ask() -> None:
		try:
			found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
			answers.append([str(entry[4][0]) for entry in found])
		except (OSError, UnicodeError) as error:
			answers.append(error)

	# The resolver of the C library cannot be given a time limit, so it is left behind when it is too slow.
	thread = Thread(target=ask, name="resolve", daemon=True)
	thread.start()
	thread.join(max(0.0, limit - monotonic()))
	addresses = answers[0] if answers else []
	if not isinstance(addresses, list) or not addresses:
		raise TransportError(
			"The host {host} cannot be resolved. Check its spelling in the base URL, or try again later.",
			kind="dns",
			host=host,
		)
	return list(dict.fromkeys(addresses))


def _judged(url: ParsedUrl, policy: Policy, addresses: Sequence[str]) -> list[str]:
	"""All addresses, or none: a name that also leads inside is not to be trusted with its other addresses."""
	try:
		for address in addresses:
			check_ip(address, policy, secure=url.secure)
	except BlockedAddress as error:
		raise TransportError(
			"The host {host} was not called. {reason}", kind="blocked", host=url.host, reason=Told.by(error)
		) from None
	return list(addresses[:MAX_ADDRESSES])


def _connect_any(host: str, port: int, addresses: Sequence[str], limit: float) -> tuple[TimedSocket, str]:
	timed_out = False
	for place, address in enumerate(addresses):
		# The first address may be in a network that drops everything: leave time for the others.
		share = max(_LEAST_SHARE, (limit - monotonic()) / (len(addresses) - place))
		try:
			return _connect(address, port, min(share, remaining(limit))), address
		except OSError as error:
			timed_out = isinstance(error, TimeoutError)
	if timed_out:
		raise TransportError(
			"The host {host} did not accept a connection on port {port} in time.",
			kind="connect_timeout",
			host=host,
			port=port,
		)
	raise TransportError(
		"The host {host} refused the connection on port {port} or cannot be reached.",
		kind="refused",
		host=host,
		port=port,
	)


def _connect(address: str, port: int, timeout: float) -> TimedSocket:
	family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
	sock = TimedSocket(family, socket.SOCK_STREAM)
	try:
		sock.settimeout(timeout)
		sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		sock.connect((address, port))
	except BaseException:
		sock.close()
		raise
	return sock


def _through(proxy: EgressProxy, url: ParsedUrl, policy: Policy, limit: float) -> Opened:
	"""A connection by way of the proxy; for https it leads to the host, otherwise to the proxy itself."""
	hosts = _asked_for(proxy, url, policy, limit)
	for place, host in enumerate(hosts):
		destination = f"[{host}]:{url.port}" if ":" in host else f"{host}:{url.port}"
		address = "" if proxy.resolves and url.address is None else host
		plain = _to_proxy(proxy, limit)
		if not url.secure:
			return Opened(plain, address, f"http://{destination}")
		status = _tunnelled(plain, proxy, destination, limit)
		if 200 <= status < 300:
			return Opened(plain, address)
		plain.close()
		# The proxy could not get through to this address; the name may have others.
		if status < 500 or place == len(hosts) - 1:
			raise proxies.refused(proxy, status, url.host, destination)
	raise AssertionError("a judged name has an address")


def _asked_for(proxy: EgressProxy, url: ParsedUrl, policy: Policy, limit: float) -> list[str]:
	"""What the proxy is asked for, in turn: the judged addresses, or the name alone."""
	if not proxy.resolves:
		addresses = _judged(url, policy, _resolve(url, limit))
		# Every proxy reaches IPv4; which of them reaches IPv6 is not known here.
		return sorted(addresses, key=lambda address: ":" in address)
	try:
		# Half of the time, so that a name server that knows no outside names does not use it up.
		_judged(url, policy, _resolve(url, (monotonic() + limit) / 2))
	except TransportError as error:
		if error.kind != "dns":
			raise
		if not url.secure and not policy.allow_http:
			raise TransportError(
				"The host {host} would be called without encryption. Use a base URL that starts with https.",
				kind="blocked",
				host=url.host,
			) from None
	return [url.host]


def _to_proxy(proxy: EgressProxy, limit: float) -> TimedSocket:
	try:
		return _connect_any(proxy.host, proxy.port, _lookup(proxy.host, proxy.port, limit), limit)[0]
	except TransportError as error:
		slow = error.kind == "connect_timeout"
		raise (proxies.silent(proxy) if slow else proxies.unreachable(proxy)) from None


def _tunnelled(plain: TimedSocket, proxy: EgressProxy, destination: str, limit: float) -> int:
	try:
		return proxies.open_tunnel(plain, proxy, destination, limit)
	except (OSError, http.client.HTTPException) as error:
		plain.close()
		slow = isinstance(error, DeadlineReached)
		raise (proxies.silent(proxy) if slow else proxies.no_proxy(proxy)) from None
