"""How an outside system proves who it is, as values: what `verify_scheme` reads and `verification` applies.

Promises: immutable, and free of secrets, so that a scheme may be stored, shown and shared. Never does anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from erp_connect.core.verify.challenge import Challenge
from erp_connect.core.verify.conditions import Condition
from erp_connect.core.verify.places import Place

HMAC = "hmac"
STANDARD_WEBHOOKS = "standard_webhooks"
PLAIN_DIGEST = "plain_digest"
SHARED_TOKEN = "shared_token"
BASIC = "basic"
SALTED_AES = "salted_aes_checksum"
RSA = "rsa"
CALLBACK = "callback"
ONE_OF = "one_of"
KINDS = (HMAC, STANDARD_WEBHOOKS, PLAIN_DIGEST, SHARED_TOKEN, BASIC, SALTED_AES, RSA, CALLBACK, ONE_OF)
# Kinds of which each request carries the secret itself.
SECRET_TRAVELS = (SHARED_TOKEN, BASIC)

ALGORITHMS = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5", "sha3_256", "sha3_512")
RSA_ALGORITHMS = ("sha256", "sha384", "sha512", "sha1")
DIGEST_ALGORITHMS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_512")
ENCODINGS = ("hex", "HEX", "base64")
PARSES = ("plain", "prefix", "pairs", "list")
SECRET_ENCODINGS = ("utf8", "base64", "hex", "whsec")
UNITS = ("s", "ms", "iso")
SOURCES = ("header", "query", "setting", "text", "raw_body")
TOLERANCE = 300


@dataclass(frozen=True)
class Signature:
	"""Where a signature stands and how to read it.

	parse: `plain`, `prefix` (after `prefix`), `pairs` (`t=1,v1=…`, under `key`) or `list` (parted by blanks, each
	after `prefix`). encoding: hex (either case) or base64.
	"""

	place: Place
	parse: str = "plain"
	prefix: str = ""
	key: str = ""
	encoding: str = "hex"


@dataclass(frozen=True)
class Timestamp:
	"""When a request was signed: at `place`, or under `key` of the pairs of the signature header.

	unit: seconds, milliseconds or ISO. past and future: how many seconds off are accepted; None: any.
	"""

	place: Place | None
	key: str = ""
	unit: str = "s"
	past: int | None = TOLERANCE
	future: int | None = TOLERANCE


@dataclass(frozen=True)
class Certificate:
	"""Where a request says that the certificate is, and the hosts and the path that are believed."""

	place: Place
	hosts: tuple[str, ...]
	path: str


@dataclass(frozen=True)
class Callback:
	"""The question to the vendor whether a request is theirs.

	path: below the address of the account. body: name → (source, name or text), written as a JSON object.
	success: JMESPath on the answer, true when the vendor says yes.
	"""

	method: str
	path: str
	body: tuple[tuple[str, tuple[str, str]], ...]
	success: str


@dataclass(frozen=True)
class Reply:
	"""What is told of an event once it was worked off, at an address that stands in the event.

	address: the place of that address. hosts: the only ones that it may name. body: an expression that gives it.
	"""

	address: Place
	hosts: tuple[str, ...]
	body: str


@dataclass(frozen=True)
class Scheme:
	"""One way of proof; the presets have those of known systems. title, note and source are for people.

	id and topic: where they stand, best place first. token: of a shared token or Basic authentication, after
	`token_prefix`. iv: the vector that a checksum is encrypted from.
	events: path to the list of events in the body; empty: the body itself, where it is a list; `-`: never a list.
	secrets: places in the body that hold secrets which nobody may read later; the token and the address of a reply are among them unasked.
	webhook_id and url: settings of the account that some vendors sign: the id they gave the webhook, and its
	address as entered there when the request arrives under another one.
	alternatives: of the kind `one_of`, the ways of which each request goes one. topics: of a way among several, the only
	ones that events proved by it may have.
	"""

	kind: str
	title: str = ""
	algorithm: str = "sha256"
	message: str = "{body}"
	signature: Signature | None = None
	timestamp: Timestamp | None = None
	id: tuple[Place, ...] = ()
	topic: tuple[Place, ...] = ()
	secret_encoding: str = "utf8"
	token: Place | None = None
	token_prefix: str = ""
	iv: str = ""
	certificate: Certificate | None = None
	callback: Callback | None = None
	challenge: tuple[Challenge, ...] = ()
	webhook_id: str = ""
	url: str = ""
	events: str = ""
	reply: Reply | None = None
	secrets: tuple[Place, ...] = ()
	note: str = ""
	source: tuple[str, ...] = ()
	topics: tuple[str, ...] = ()
	alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Alternative:
	"""A way of proof, and what a request must have to go it."""

	when: tuple[Condition, ...]
	scheme: Scheme
