"""Where the secrets of an account go: to the origins for which they were entered, and nowhere else.

An origin is scheme, host and port of an address (https://www.rfc-editor.org/rfc/rfc6454#section-4). Values only: who
keeps them, and what follows when they differ, is decided by `config.secret_origins`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from erp_connect.core.guard.egress import BlockedAddress, Policy, check_url

# Judges nothing: whether an address may be called is the site's to say, at the time of the call.
_ANYWHERE = Policy.of(["0.0.0.0/0", "::/0"], allow_http=True)


def origin_of(url: str) -> str:
	"""The origin of an address, normalised: `https://shop.example` of `HTTPS://Shop.Example.:443/api`.

	Raises BlockedAddress for what is no address of a server.
	"""
	return check_url(url, _ANYWHERE).origin


def origin_if_any(url: str | None) -> str:
	"""As `origin_of`; empty for what is no address."""
	try:
		return origin_of((url or "").strip())
	except BlockedAddress:
		return ""


def covers(stated: Iterable[str], origin: str) -> bool:
	"""Whether an origin is among the hosts that are stated for a secret.

	stated: each a host, with its port if that is not 443, or a whole origin. Raises BlockedAddress for another text.
	"""
	return origin in {origin_of(text if "://" in text else f"https://{text}") for text in stated}


@dataclass(frozen=True)
class Destinations:
	"""Where an account leads; empty is what it does not have.

	base_url, sandbox_base_url: origins of both environments. token_address: origin of the address that gives tokens.
	made_up: an expression that makes the base URL of a token's answer and may put in an address of its own. One that only
	takes what stands there leads where the token address says.
	"""

	base_url: str = ""
	sandbox_base_url: str = ""
	token_address: str = ""
	made_up: str = ""

	@property
	def origins(self) -> list[str]:
		"""Origins that requests go to, as far as they are known before a token's answer."""
		return [origin for origin in (self.base_url, self.sandbox_base_url) if origin]

	def leads_elsewhere(self, entered: Destinations | None) -> bool:
		"""Whether something leads where it did not when the secrets were entered. What is gone leads nowhere.

		entered: what was so then; None when nothing is known of it.
		"""
		before = asdict(entered) if entered else {}
		return any(value and value != before.get(name) for name, value in asdict(self).items())


@dataclass(frozen=True)
class Entrusted:
	"""What the secrets of an account were entered for.

	borrowed: secrets that are not the account's own, and that a person who may lend them has lent to it: names of
	secrets kept outside of the database, and Connected Apps.
	"""

	destinations: Destinations
	borrowed: frozenset[str] = frozenset()

	def as_json(self) -> str:
		"""For keeping."""
		return json.dumps(
			{"destinations": asdict(self.destinations), "borrowed": sorted(self.borrowed)}, sort_keys=True
		)

	@classmethod
	def from_json(cls, text: str) -> Entrusted:
		"""What `as_json` gave."""
		data = json.loads(text)
		return cls(Destinations(**data["destinations"]), frozenset(data["borrowed"]))
