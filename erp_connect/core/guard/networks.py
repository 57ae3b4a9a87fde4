"""The networks that decide whether an address may be called.

Promises the ranges of the IANA special-purpose registries for IPv4 and IPv6, and the places where clouds hand
out a machine's own credentials. Holds no logic: core.guard.egress judges by them.

https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Credentials of the machine itself are handed out here; no integration has business with them.
NEVER: tuple[Network, ...] = tuple(
	ip_network(text)
	for text in (
		"169.254.0.0/16",  # link-local: metadata of most clouds, and roles of containers
		"100.100.100.200/32",  # metadata of further clouds
		"168.63.129.16/32",  # agent of a host
		"192.0.0.192/32",  # metadata of further clouds
		"fd00:ec2::/32",  # metadata over IPv6
		"fd20:ce::254/128",  # metadata over IPv6
		"fe80::/10",  # link-local
	)
)
CLOSED_V4: tuple[IPv4Network, ...] = tuple(
	IPv4Network(text)
	for text in (
		"0.0.0.0/8",
		"10.0.0.0/8",
		"100.64.0.0/10",
		"127.0.0.0/8",
		"172.16.0.0/12",
		"192.0.0.0/24",
		"192.0.2.0/24",
		"192.88.99.0/24",
		"192.168.0.0/16",
		"198.18.0.0/15",
		"198.51.100.0/24",
		"203.0.113.0/24",
		"224.0.0.0/4",
		"240.0.0.0/4",
	)
)
# Of IPv6 only global unicast is open, so ULA, site-local, multicast, mapped and the rest need no entry.
OPEN_V6 = IPv6Network("2000::/3")
CLOSED_V6: tuple[IPv6Network, ...] = tuple(
	IPv6Network(text)
	for text in (
		"2001::/23",  # Teredo, benchmarking, ORCHID and other protocol assignments
		"2001:db8::/32",
		"2002::/16",  # 6to4
		"3fff::/20",
		"3ffe::/16",
	)
)
NAT64 = IPv6Network("64:ff9b::/96")
MAPPED = IPv6Network("::ffff:0:0/96")
# Where an IPv4 address lies within an IPv6 one: network, bits to shift it down, whether it is inverted.
EMBEDDED: tuple[tuple[IPv6Network, int, bool], ...] = (
	(MAPPED, 0, False),
	(IPv6Network("::ffff:0:0:0/96"), 0, False),
	(IPv6Network("::/96"), 0, False),
	(NAT64, 0, False),
	(IPv6Network("64:ff9b:1::/48"), 0, False),
	(IPv6Network("2002::/16"), 80, False),
	(IPv6Network("2001::/32"), 0, True),
)
