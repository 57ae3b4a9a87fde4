"""Which addresses may be called.

Promises that private, loopback, link-local, reserved and tunnelled addresses are refused unless their network
is allowed by the site, and metadata services always. Judges addresses, never names: whoever connects must ask
again with the address it is about to connect to. Never resolves anything and opens no socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network
from urllib.parse import quote

from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.guard.networks import (
	CLOSED_V4,
	CLOSED_V6,
	EMBEDDED,
	MAPPED,
	NAT64,
	NEVER,
	OPEN_V6,
	Address,
	Network,
)

MAX_URL = 8192


class BlockedAddress(ConnectError):
	"""An address that must not be called.

	code: `bad_url` when only this one URL is malformed, `blocked` when the host is to blame.
	"""

	default_code = "blocked"


@dataclass(frozen=True)
class Policy:
	"""allowed_networks: networks that may be called although they are closed; also without TLS.

	allow_http: whether public hosts may be called without TLS.
	"""

	allowed_networks: tuple[Network, ...] = ()
	allow_http: bool = False

	@classmethod
	def of(cls, networks: Iterable[str] = (), *, allow_http: bool = False) -> Policy:
		"""A policy from networks as text, such as `127.0.0.0/8` or `10.1.2.3`.

		Raises ConfigurationError for a text that is no network.
		"""
		return cls(tuple(_network(text) for text in networks), allow_http)


@dataclass(frozen=True)
class ParsedUrl:
	"""A URL that may be asked for. host: normalised, an IPv6 address without brackets.

	target: path and query as they go on the wire. address: the host when it is an IP address, else None.
	"""

	scheme: str
	host: str
	port: int
	target: str
	address: Address | None = None

	@property
	def secure(self) -> bool:
		return self.scheme == "https"

	@property
	def origin(self) -> str:
		return f"{self.scheme}://{self.authority}"

	@property
	def authority(self) -> str:
		"""Host and, unless it is the usual one, port: the value of the `Host` header."""
		host = f"[{self.host}]" if ":" in self.host else self.host
		return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
	r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?", re.DOTALL
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::(?P<port>[0-9]{0,5}))?", re.ASCII)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
# Every ASCII character: encoding again what is encoded would change its meaning.
_KEPT = "".join(map(chr, range(0x21, 0x7F)))
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)


def check_ip(ip: str | Address, policy: Policy, *, secure: bool = True) -> None:
	"""Raises BlockedAddress unless `ip` may be called. secure: whether TLS is used."""
	address = _address(ip)
	forms = _forms(address)
	if any(form in network for form in forms for network in NEVER if form.version == network.version):
		raise BlockedAddress(
			"The address {ip} serves the machine itself and is never called. Enter the receiver's own address.",
			ip=str(address),
		)
	if _is_allowed(address, policy):
		return
	if not _is_open(address):
		raise BlockedAddress(
			"The address {ip} lies inside a private or reserved network and is not called. If this receiver is "
			"meant, the administrator allows its network in the site configuration.",
			ip=str(address),
		)
	if not secure and not policy.allow_http:
		raise BlockedAddress(
			"The address {ip} would be called without encryption. Use a base URL that starts with https.",
			ip=str(address),
		)


def check_url(url: str, policy: Policy | None = None) -> ParsedUrl:
	"""The parts of `url`, if it may be asked for; an IP address in it is judged at once.

	Without a policy only public hosts over https pass. Raises BlockedAddress. A name passes here whatever it
	resolves to: the connection asks `check_ip`.
	"""
	if len(url) > MAX_URL:
		raise _bad_url(url, "it is too long")
	if _UNSAFE.search(url):
		raise _bad_url(url, "it holds a space, a control character or a backslash")
	match = _URL.fullmatch(url)
	if not match:
		raise _bad_url(url, "it is not complete")
	scheme, host, port, address = _check_origin(
		match["scheme"].lower(), match["authority"], policy or Policy()
	)
	return ParsedUrl(scheme, host, port, wire_target(match["target"]), address)


@lru_cache(maxsize=256)
def _check_origin(scheme: str, authority: str, policy: Policy) -> tuple[str, str, int, Address | None]:
	if scheme not in _PORTS:
		raise _bad_origin(f"{scheme}://…", "only https and http addresses are called")
	if "@" in authority:
		raise _bad_origin(f"{scheme}://…@…", "it holds a user name or password; enter them as credentials")
	match = _AUTHORITY.fullmatch(authority)
	if not match:
		raise _bad_origin(authority, "the host or port is not readable")
	port = int(match["port"]) if match["port"] else _PORTS[scheme]
	if not 0 < port < 65536:
		raise _bad_origin(authority, "the port does not exist")
	host, address = _host(match["host"])
	if address is not None:
		check_ip(address, policy, secure=scheme == "https")
	elif scheme == "http" and not policy.allow_http and not policy.allowed_networks:
		raise _bad_origin(f"{scheme}://{host}", "it is not encrypted; use an address that starts with https")
	return scheme, host, port, address


def _host(text: str) -> tuple[str, Address | None]:
	"""The normalised host, and the address if it is one in any of the notations that resolvers accept."""
	if text.startswith("["):
		address = _address(text[1:-1])
		return str(address), address
	host = _ascii(text).lower()
	host = host[:-1] if host.endswith(".") else host
	if not _HOST.fullmatch(host) or len(host) > 253:
		raise _bad_origin(text, "the host name is not valid")
	if _NUMBER.fullmatch(host.rpartition(".")[2]):
		address = _odd_ipv4(host)
		return str(address), address
	return host, None


def _ascii(host: str) -> str:
	if host.isascii():
		return host
	try:
		# Also folds full-width digits and dots, which a resolver would fold later.
		return host.encode("idna").decode()
	except UnicodeError:
		raise _bad_origin(host, "the host name is not valid") from None


def _odd_ipv4(host: str) -> IPv4Address:
	"""The address behind `127.1`, `0x7f000001`, `2130706433` or `0177.0.0.1`, read as inet_aton does."""
	parts = host.split(".")
	if len(parts) > 4 or not all(_NUMBER.fullmatch(part) and len(part) < 20 for part in parts):
		raise _bad_origin(host, "the address is not valid")
	try:
		numbers = [_number(part) for part in parts]
	except ValueError:
		raise _bad_origin(host, "the address is not valid") from None
	*head, last = numbers
	if any(number > 255 for number in head) or last >= 256 ** (4 - len(head)):
		raise _bad_origin(host, "the address is not valid")
	return IPv4Address(sum(number << (24 - 8 * place) for place, number in enumerate(head)) + last)


def _number(part: str) -> int:
	if part.startswith("0x"):
		return int(part[2:] or "0", 16)
	return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def wire_target(text: str) -> str:
	"""Path and query as they go on the wire: from the root, anything outside ASCII percent-encoded."""
	target = text if text.startswith("/") else "/" + text
	return target if target.isascii() else quote(target, safe=_KEPT)


def _address(ip: str | Address) -> Address:
	if not isinstance(ip, str):
		return ip
	try:
		return ip_address(ip)
	except ValueError:
		raise BlockedAddress("{ip} is not an IP address.", ip=ip) from None


def _forms(address: Address) -> list[Address]:
	"""The address itself and every IPv4 address it stands for."""
	if address.version == 4:
		return [address]
	number = int(address)
	mask = 0xFFFFFFFF
	inner = [
		IPv4Address(((number >> shift) & mask) ^ (mask if inverted else 0))
		for network, shift, inverted in EMBEDDED
		if address in network
	]
	return [address, *inner]


def _is_allowed(address: Address, policy: Policy) -> bool:
	if not policy.allowed_networks:
		return False
	reached = _reached(address)
	return any(
		reached in network for network in policy.allowed_networks if network.version == reached.version
	)


def _is_open(address: Address) -> bool:
	reached = _reached(address)
	if reached.version == 4:
		return not any(reached in network for network in CLOSED_V4)
	return reached in OPEN_V6 and not any(reached in network for network in CLOSED_V6)


def _reached(address: Address) -> Address:
	"""The address a packet ends at: IPv4 by the socket for a mapped address, by the network for NAT64."""
	if address.version == 6 and (address in MAPPED or address in NAT64):
		return IPv4Address(int(address) & 0xFFFFFFFF)
	return address


def _network(text: str) -> Network:
	try:
		return ip_network(text.strip(), strict=False)
	except ValueError:
		raise ConfigurationError(
			"{text} is not a network. Write it as 10.1.2.0/24 or as a single address.",
			code="network",
			text=text,
		) from None


def _bad_origin(url: str, reason: str) -> BlockedAddress:
	return BlockedAddress(
		"The address {url} cannot be called: {reason}. Correct the base URL.",
		url=url[:100],
		reason=Whole(reason),
	)


def _bad_url(url: str, reason: str) -> BlockedAddress:
	# The query is left out: it may hold a key.
	return BlockedAddress(
		"The address {url} cannot be called: {reason}. Correct the base URL or the path.",
		code="bad_url",
		url=url.split("?")[0][:100],
		reason=Whole(reason),
	)
