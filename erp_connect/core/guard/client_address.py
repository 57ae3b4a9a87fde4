"""Where a request comes from, when proxies stand in between, and whether that is on a list.

A proxy appends the address it was called from to `X-Forwarded-For`; what stands further left was sent by the
client and may be invented. So the entries count from the right, one for each proxy that is trusted.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#security_and_privacy_concerns
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from erp_connect.core.guard.networks import Address

# Whole IPv6 networks of this size are given to one customer, who may call from any address in it.
ONE_CUSTOMER = 64
# Far more than any chain of proxies; a longer header is not looked through.
MOST_ENTRIES = 50


def client_address(peer: str | None, forwarded: str | None, proxies: int | None) -> Address | None:
	"""The address a request comes from; None if it cannot be told.

	peer: of the connection itself, empty for a socket of this machine. forwarded: the header `X-Forwarded-For`, of
	several their values joined by commas. proxies: how many are trusted; None: one, if it stands on this machine
	or in a private network. A header with fewer entries came past the proxies, and is not believed.
	"""
	own = _address(peer or "127.0.0.1")
	if proxies is None:
		proxies = 1 if own is not None and own.is_private else 0
	if not (forwarded and forwarded.strip()) or proxies <= 0:
		return own
	entries = forwarded.rsplit(",", MOST_ENTRIES)
	return _address(entries[-proxies]) if len(entries) >= proxies else own


def is_within(address: Address | None, networks: Iterable[str]) -> bool:
	"""Whether an address is one of these or in one of these networks (`192.0.2.0/24`). A list holds text that was
	checked when it was saved; what is no network holds no address."""
	return address is not None and any(_holds(network, address) for network in networks)


def counted_as(address: Address | None) -> str:
	"""By which requests of one sender are counted: its address, of IPv6 the network of one customer."""
	if address is None:
		return "unknown"
	if address.version == 4:
		return str(address)
	return str(ipaddress.ip_network((address, ONE_CUSTOMER), strict=False))


def _holds(network: str, address: Address) -> bool:
	try:
		return address in ipaddress.ip_network(network.strip(), strict=False)
	except ValueError:
		return False


def _address(text: str) -> Address | None:
	"""An address as proxies write it: bare, with a port, or in brackets; IPv4 inside IPv6 is IPv4."""
	text = text.strip().strip('"')
	if text.startswith("["):
		text = text[1:].partition("]")[0]
	elif text.count(":") == 1:
		text = text.partition(":")[0]
	try:
		address = ipaddress.ip_address(text)
	except ValueError:
		return None
	return getattr(address, "ipv4_mapped", None) or address
