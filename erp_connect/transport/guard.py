"""Opening a connection to an address that may be called.

Promises that the name is resolved once, that every address found is judged by core.egress, and that the
connection goes to a judged address: a name that resolves differently a moment later gains nothing. TLS is
verified against the name. Never uses a proxy, environment variables or a second resolution.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from threading import Thread
from time import monotonic

from erp_connect.core.guard.egress import BlockedAddress, ParsedUrl, Policy, check_ip
from erp_connect.transport.errors import TransportError
from erp_connect.transport.sockets import (
	DeadlineReached,
	TimedSocket,
	TimedTlsSocket,
	remaining,
)

MAX_ADDRESSES = 6
_LEAST_SHARE = 1.0


def open_socket(
	url: ParsedUrl, policy: Policy, *, connect_timeout: float, deadline: float, context: ssl.SSLContext | None
) -> tuple[TimedSocket | TimedTlsSocket, str]:
	"""A connected socket and the IP address it is connected to.

	connect_timeout: seconds for resolution, connection and TLS together; deadline: on the monotonic clock.
	context: TLS settings for https. Raises TransportError; nothing was sent then.
	"""
	# One clock for all of it, so that many slow addresses do not add up.
	limit = min(deadline, monotonic() + connect_timeout)
	addresses = _judged(url, policy, _resolve(url, limit))
	plain, address = _connect_any(url, addresses, limit)
	if not url.secure:
		return plain, address
	if context is None:
		plain.close()
		raise ValueError("https needs TLS settings")
	return _secured(plain, url, context, limit), address


def _resolve(url: ParsedUrl, limit: float) -> list[str]:
	if url.address is not None:
		return [str(url.address)]
	answers: list[list[str] | OSError | UnicodeError] = []

	def ask() -> None:
		try:
			found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
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
			host=url.host,
		)
	return list(dict.fromkeys(addresses))


def _judged(url: ParsedUrl, policy: Policy, addresses: Sequence[str]) -> list[str]:
	"""All addresses, or none: a name that also leads inside is not to be trusted with its other addresses."""
	try:
		for address in addresses:
			check_ip(address, policy, secure=url.secure)
	except BlockedAddress as error:
		raise TransportError(
			"The host {host} was not called. " + error.template, kind="blocked", host=url.host, **error.params
		) from None
	return list(addresses[:MAX_ADDRESSES])


def _connect_any(url: ParsedUrl, addresses: Sequence[str], limit: float) -> tuple[TimedSocket, str]:
	failure: Exception | None = None
	for place, address in enumerate(addresses):
		# The first address may be in a network that drops everything: leave time for the others.
		share = max(_LEAST_SHARE, (limit - monotonic()) / (len(addresses) - place))
		try:
			return _connect(address, url.port, min(share, remaining(limit))), address
		except OSError as error:
			failure = error
	if isinstance(failure, TimeoutError):
		raise TransportError(
			"The host {host} did not accept a connection on port {port} in time.",
			kind="connect_timeout",
			host=url.host,
			port=url.port,
		)
	raise TransportError(
		"The host {host} refused the connection on port {port} or cannot be reached.",
		kind="refused",
		host=url.host,
		port=url.port,
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


def _secured(plain: TimedSocket, url: ParsedUrl, context: ssl.SSLContext, limit: float) -> TimedTlsSocket:
	try:
		plain.settimeout(remaining(limit))
		return context.wrap_socket(plain, server_hostname=url.host)
	except ssl.SSLCertVerificationError as error:
		plain.close()
		raise TransportError(
			"The TLS certificate of {host} cannot be verified: {reason}.",
			kind="tls",
			host=url.host,
			reason=error.verify_message.rstrip("."),
		) from None
	except (DeadlineReached, TimeoutError):
		plain.close()
		raise TransportError(
			"The host {host} did not finish the TLS handshake in time.", kind="connect_timeout", host=url.host
		) from None
	except OSError as error:
		plain.close()
		reason = getattr(error, "reason", None) or type(error).__name__
		raise TransportError(
			"No TLS connection could be made to {host} ({reason}). Check that the port speaks https.",
			kind="reset",
			host=url.host,
			reason=reason,
		) from None
