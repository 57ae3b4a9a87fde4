"""Reading a scheme that came as JSON, strictly, so that a mistake shows when it is saved.

	{"kind": "hmac", "message": "{timestamp}.{body}",
	 "signature": {"header": "X-Signature", "parse": "pairs", "key": "v1", "encoding": "hex"},
	 "timestamp": {"key": "t", "past": 300, "future": 300}, "id": {"body": "id"}, "topic": {"body": "type"}}

Promises: a Scheme that was read can be used; every refusal names the setting and says what to write; a scheme
that leaves the body unsigned, or relies on a time that is not signed, is refused. Of several ways of proof each says
for which requests and for which topics it is, and none gives away the secret of another. Never reads a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from erp_connect.core.delivery.aes_checksum import initial_vector
from erp_connect.core.errors import ConfigurationError, MappingError, Whole
from erp_connect.core.verify import types as kinds
from erp_connect.core.verify.challenge import take_challenges
from erp_connect.core.verify.conditions import take_conditions
from erp_connect.core.verify.event_path import check_events
from erp_connect.core.verify.message import covers_body, names_part, signed_headers
from erp_connect.core.verify.places import BODY, HEADER, QUERY, Place, take_place, take_places
from erp_connect.core.verify.settings import Settings, expression, header_name, wrong
from erp_connect.core.verify.types import (
	Alternative,
	Callback,
	Certificate,
	Reply,
	Scheme,
	Signature,
	Timestamp,
)


def scheme_from_dict(given: Mapping[str, Any]) -> Scheme:
	"""Read a scheme. Raises ConfigurationError, code `scheme`, with `params["setting"]` and what to write there."""
	settings = Settings(given, "")
	kind = settings.choice("kind", kinds.KINDS)
	if kind == kinds.ONE_OF:
		return _one_of(settings)
	values: dict[str, Any] = {
		"kind": kind,
		"title": settings.text("title", ""),
		"note": settings.text("note", ""),
		"source": settings.texts("source"),
		"id": take_places(settings, "id"),
		"topic": take_places(settings, "topic"),
		"challenge": take_challenges(settings),
		"url": settings.text("url", ""),
		"webhook_id": settings.text("webhook_id", ""),
		"events": _events(settings),
		"reply": _reply(settings),
		"secrets": _secrets(settings),
	}
	values |= _READERS[kind](settings)
	settings.done()
	scheme = Scheme(**values)
	_check_message(scheme)
	_check_webhook_id(scheme)
	return scheme


def _one_of(settings: Settings) -> Scheme:
	about = {"title": settings.text("title", ""), "note": settings.text("note", "")}
	source = settings.texts("source")
	# What the account says of its webhooks counts for all of them.
	common = {name: settings.take(name) for name in _OF_ACCOUNT if name in settings}
	ways = tuple(_alternative(given, where, common) for given, where in settings.several("schemes"))
	settings.done()
	if len(ways) < 2:
		raise wrong("schemes", "must list two ways of proof or more")
	_check_alternatives(ways)
	return Scheme(kinds.ONE_OF, **about, source=source, alternatives=ways)


def _alternative(given: Any, where: str, common: Mapping[str, Any]) -> Alternative:
	settings = Settings(given, where)
	when, topics = take_conditions(settings, "when"), settings.texts("topics")
	if not when:
		raise wrong(f"{where}.when", "must say for which requests this way of proof is")
	if not topics:
		raise wrong(f"{where}.topics", "must list the topics that this way of proof is for")
	rest = {name: value for name, value in given.items() if name not in ("when", "topics")}
	if rest.get("kind") == kinds.ONE_OF:
		raise wrong(f"{where}.kind", "must be a way of proof, and not several again")
	try:
		return Alternative(when, replace(scheme_from_dict({**rest, **common}), topics=topics))
	except ConfigurationError as error:
		named = {**error.params, "setting": f"{where}.{error.params.get('setting', '')}"}
		raise ConfigurationError(error.template, code=error.code, **named) from None


def _check_alternatives(ways: tuple[Alternative, ...]) -> None:
	topics = [topic for way in ways for topic in way.scheme.topics]
	if twice := next((topic for topic in topics if topics.count(topic) > 1), None):
		raise wrong(
			"schemes", "name the topic {topic} twice; one way of proof is for each topic", topic=twice
		)
	if len({way.scheme.kind in kinds.SECRET_TRAVELS for way in ways}) > 1:
		# Who reads one request could sign others with what it holds.
		raise wrong("schemes", "must not mix ways that send the secret itself with ways that sign with it")
	if len({way.scheme.kind == kinds.RSA for way in ways}) > 1:
		# The secret is a public key then: whoever knows it could sign in the other way.
		raise wrong("schemes", "must not mix rsa, whose key is public, with other kinds")


def _events(settings: Settings) -> str:
	try:
		return check_events(settings.text("events", ""))
	except MappingError:
		raise wrong("events", "must be the path of a list, such as data.events, or @ or -") from None


def _reply(settings: Settings) -> Reply | None:
	if "reply" not in settings:
		return None
	inner = Settings(settings.take("reply"), "reply")
	place, hosts = take_places(inner, "address"), inner.texts("hosts")
	if len(place) != 1 or place[0].kind != BODY:
		raise wrong("reply.address", "must name one field of the body")
	if not hosts:
		raise wrong("reply.hosts", "must list the hosts that may be answered")
	reply = Reply(place[0], hosts, expression(inner.take("body"), "reply.body"))
	inner.done()
	return reply


def _secrets(settings: Settings) -> tuple[Place, ...]:
	places = take_places(settings, "secrets")
	if any(place.kind != BODY for place in places):
		raise wrong("secrets", "must name fields of the body")
	return places


def _signed(settings: Settings, algorithms: tuple[str, ...]) -> dict[str, Any]:
	values = {
		"algorithm": settings.choice("algorithm", algorithms, "sha256"),
		"message": settings.text("message", "{body}"),
		"signature": _signature(Settings(settings.take("signature"), "signature")),
	}
	return values | _timestamp(settings)


def _hmac(settings: Settings) -> dict[str, Any]:
	return _signed(settings, kinds.ALGORITHMS) | _secret_encoding(settings, "utf8")


def _plain_digest(settings: Settings) -> dict[str, Any]:
	return _signed(settings, kinds.DIGEST_ALGORITHMS)


def _standard(settings: Settings) -> dict[str, Any]:
	"""https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
	family = settings.text("family", "webhook")
	header_name(f"{family}-id", "family")
	when = Place(HEADER, (f"{family}-timestamp",))
	past = settings.seconds("past", kinds.TOLERANCE)
	future = settings.seconds("future", kinds.TOLERANCE)
	return {
		"message": "{id}.{timestamp}.{body}",
		"signature": Signature(Place(HEADER, (f"{family}-signature",)), "list", "v1,", "", "base64"),
		"timestamp": Timestamp(when, "", "s", past, future),
		"id": (Place(HEADER, (f"{family}-id",)),),
	} | _secret_encoding(settings, "whsec")


def _secret_encoding(settings: Settings, default: str) -> dict[str, Any]:
	return {"secret_encoding": settings.choice("secret_encoding", kinds.SECRET_ENCODINGS, default)}


def _rsa(settings: Settings) -> dict[str, Any]:
	values = _signed(settings, kinds.RSA_ALGORITHMS)
	if "certificate" in settings:
		inner = Settings(settings.take("certificate"), "certificate")
		place = take_place(inner, (HEADER,))
		hosts = inner.texts("hosts")
		if not hosts:
			raise wrong("certificate.hosts", "must list the hosts that certificates may come from")
		values["certificate"] = Certificate(place, hosts, _path(inner))
		inner.done()
	return values


def _shared_token(settings: Settings) -> dict[str, Any]:
	inner = Settings(settings.take("token"), "token")
	values = {"token": take_place(inner, (HEADER, QUERY, BODY)), "token_prefix": inner.text("prefix", "")}
	inner.done()
	return values


def _basic(settings: Settings) -> dict[str, Any]:
	return {"token": Place(HEADER, ("Authorization",)), "token_prefix": "Basic "}


def _salted_aes(settings: Settings) -> dict[str, Any]:
	inner = Settings(settings.take("signature"), "signature")
	place = take_place(inner, (HEADER, BODY))
	inner.done()
	iv = settings.text("iv")
	try:
		initial_vector(iv)
	except ValueError:
		raise wrong("iv", "must be the 16 characters that both sides start encryption from") from None
	return {"message": settings.text("message"), "signature": Signature(place, encoding="base64"), "iv": iv}


def _callback(settings: Settings) -> dict[str, Any]:
	inner = Settings(settings.take("callback"), "callback")
	body = inner.take("body")
	if not isinstance(body, Mapping) or not body:
		raise wrong("callback.body", "must be an object with the entries to send")
	entries = tuple((str(name), _source(source, f"callback.body.{name}")) for name, source in body.items())
	if not any(kind == "raw_body" for _, (kind, _) in entries):
		raise wrong("callback.body", "must send the body of the request: one entry with raw_body set to true")
	method = inner.choice("method", ("POST", "PUT"), "POST")
	callback = Callback(method, _path(inner), entries, expression(inner.take("success"), "callback.success"))
	inner.done()
	return {"callback": callback} | _timestamp(settings)


def _source(given: Any, where: str) -> tuple[str, str]:
	settings = Settings(given, where)
	named = [kind for kind in kinds.SOURCES if kind in settings]
	if len(named) != 1:
		raise wrong(where, "must name exactly one of {sources}", sources=Whole(", ".join(kinds.SOURCES)))
	kind = named[0]
	if kind == "raw_body":
		if not settings.flag(kind, True):
			raise wrong(where, "must be true")
		value = ""
	elif kind == "header":
		value = settings.header(kind)
	elif kind == "setting":
		value = settings.choice(kind, ("webhook_id",))
	else:
		value = settings.text(kind)
	settings.done()
	return kind, value


def _path(settings: Settings) -> str:
	path = settings.text("path")
	if not path.startswith("/") or path.startswith("//") or "\\" in path or ".." in path:
		raise wrong(settings.where("path"), "must be a path on that host, beginning with one /")
	return path


def _signature(settings: Settings) -> Signature:
	place = take_place(settings, (HEADER, QUERY, BODY))
	parse = settings.choice("parse", kinds.PARSES, "plain")
	prefix = settings.text("prefix") if parse in ("prefix", "list") else ""
	key = settings.text("key") if parse == "pairs" else ""
	encoding = settings.choice("encoding", kinds.ENCODINGS)
	settings.done()
	return Signature(place, parse, prefix, key, encoding)


def _timestamp(settings: Settings) -> dict[str, Any]:
	if "timestamp" not in settings:
		return {}
	inner = Settings(settings.take("timestamp"), "timestamp")
	key = inner.text("key", "")
	timestamp = Timestamp(
		None if key else take_place(inner, (HEADER, BODY)),
		key,
		inner.choice("unit", kinds.UNITS, "s"),
		inner.seconds("past", kinds.TOLERANCE),
		inner.seconds("future", kinds.TOLERANCE),
	)
	inner.done()
	return {"timestamp": timestamp}


def _check_message(scheme: Scheme) -> None:
	if not scheme.signature:
		return
	if not covers_body(scheme.message):
		raise wrong("message", "must sign the body: add {body}")
	if names_part(scheme.message, "secret") != (scheme.kind == kinds.PLAIN_DIGEST):
		raise wrong("message", "must contain {secret} for a plain digest, and must not for any other kind")
	if names_part(scheme.message, "id") and not (scheme.id and scheme.id[0].kind == HEADER):
		raise wrong("id", "must name a header first, because the message signs {id}")
	_check_timestamp(scheme)


def _check_timestamp(scheme: Scheme) -> None:
	timestamp, signed = scheme.timestamp, names_part(scheme.message, "timestamp")
	if signed and not timestamp:
		raise wrong("timestamp", "is missing, but the message signs {timestamp}")
	if not timestamp:
		return
	if timestamp.key and scheme.signature and scheme.signature.parse != "pairs":
		raise wrong("timestamp.key", 'needs "parse": "pairs" in the signature')
	in_header = timestamp.place and timestamp.place.kind == HEADER
	signed = signed or bool(in_header and timestamp.place.name.lower() in signed_headers(scheme.message))
	if not signed and (timestamp.place is None or in_header) and (timestamp.past or timestamp.future):
		raise wrong(
			"timestamp", "is not signed: put {timestamp} into the message, or set past and future to null"
		)


def names_webhook_id(scheme: Scheme) -> bool:
	"""Whether the id that the other system gave the webhook is part of its proof."""
	if scheme.alternatives:
		return any(names_webhook_id(way.scheme) for way in scheme.alternatives)
	asked = scheme.callback and any(value == "webhook_id" for _, (kind, value) in scheme.callback.body)
	return bool(asked or (scheme.signature and names_part(scheme.message, "webhook_id")))


def _check_webhook_id(scheme: Scheme) -> None:
	if names_webhook_id(scheme) and not scheme.webhook_id:
		raise wrong("webhook_id", "is missing: enter the id that the other system shows for this webhook")


# Settings of the account that are put into its scheme.
_OF_ACCOUNT = ("webhook_id", "events", "url")
_READERS: dict[str, Callable[[Settings], dict[str, Any]]] = {
	kinds.HMAC: _hmac,
	kinds.STANDARD_WEBHOOKS: _standard,
	kinds.PLAIN_DIGEST: _plain_digest,
	kinds.SHARED_TOKEN: _shared_token,
	kinds.BASIC: _basic,
	kinds.SALTED_AES: _salted_aes,
	kinds.RSA: _rsa,
	kinds.CALLBACK: _callback,
}
