"""Subscriptions to webhooks as values: the requests that make, list and remove them, and what the answers say.

Asks nobody: `operate.webhooks` does, and keeps what was answered.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.payload.serialise import graphql_body
from erp_connect.core.presets.registration import Call, Listing, Subscribe
from erp_connect.core.presets.webhooks import Webhooks
from erp_connect.core.values import dates
from erp_connect.core.values.durations import parse_duration
from erp_connect.core.values.inputs import filled

# What a subscription for all topics is called.
ALL = "*"
TOPICS, TOPIC = "{topics}", "{topic}"
_PLACE = re.compile(r"\{(topic|address|secret|id|title|page|after|number|expires)\}")
# Unix times above are milliseconds: in seconds it would be the year 5138.
_MILLISECONDS = 100_000_000_000


@dataclass(frozen=True)
class Wanted:
	"""topic: as events name it, `ALL` for one subscription to several. names: by which the system subscribes to them."""

	topic: str
	names: tuple[str, ...]


@dataclass(frozen=True)
class Request:
	"""A request with nothing left to fill in. body: None for none."""

	method: str
	path: str
	body: Any


@dataclass(frozen=True)
class Made:
	"""What was answered to a new subscription. expires: in UTC, None when it does not."""

	id: str
	expires: datetime | None = None
	secret: str = ""

	def __repr__(self) -> str:
		return f"Made({self.id})"


@dataclass(frozen=True)
class Listed:
	"""A subscription that the system has. topic: by the name it subscribes by; empty where it does not say."""

	id: str
	topic: str
	address: str
	active: bool


def wanted(webhooks: Webhooks, taken: Sequence[str]) -> tuple[Wanted, ...]:
	"""The subscriptions that an account needs. taken: topics that its flows take; `*` for all."""
	names = webhooks.topic_names
	found = {topic: name for topic, name in names.items() if topic in taken or "*" in taken}
	if not found or webhooks.registration is None:
		return ()
	if webhooks.registration.each:
		return tuple(Wanted(topic, (name,)) for topic, name in found.items())
	return (Wanted(ALL, tuple(dict.fromkeys(found.values()))),)


def own_values(subscribe: Subscribe, title: str, wanted: Wanted, now: datetime) -> dict[str, str]:
	"""What fills the places of a request for one subscription: its topic, its number, when it is to end.

	title: of the account. now: with its zone.
	"""
	known = hashlib.sha256(f"{title}\n{wanted.topic}".encode()).hexdigest()
	values = {"topic": wanted.names[0], "number": str(10**14 + int(known, 16) % (9 * 10**14))}
	if subscribe.lasts:
		ends = now.astimezone(timezone.utc) + timedelta(seconds=parse_duration(subscribe.lasts))
		values["expires"] = ends.strftime("%Y-%m-%dT%H:%M:%S+00:00")
	return values


def turns_pages(listing: Listing) -> bool:
	"""Whether the listing says how its further pages are had."""
	return listing.names("page") or listing.names("after")


def request(
	call: Call, values: Mapping[str, str], inputs: Mapping[str, str], topics: Sequence[str] = ()
) -> Request:
	"""The request of a call. values: by the names of its places.

	Raises ConfigurationError for an input that is not set, and for a place that nothing fills there.
	"""
	path = _filled_path(call.path, values, inputs)
	body = None if call.body is None else _filled_body(call.body, values, inputs, topics)
	if call.graphql:
		body = graphql_body(call.graphql, body or {})
	return Request(call.method, path, body)


def made(subscribe: Subscribe, answer: Any) -> Made:
	"""Raises ConfigurationError where the answer says what is wrong, or holds no id: nothing can be removed without it."""
	if error := _search(subscribe.error, answer):
		raise ConfigurationError(
			"The other side refused: {remote}", code="not_subscribed", remote=Whole(_said(error))
		)
	known = _text(_search(subscribe.id, answer))
	if not known:
		raise ConfigurationError(
			"The answer holds no id of the subscription ({expression}). Tell the preset's author.",
			code="no_subscription_id",
			expression=subscribe.id,
		)
	return Made(known, _moment(_search(subscribe.expires, answer)), _text(_search(subscribe.secret, answer)))


def listed(listing: Listing, answer: Any) -> tuple[Listed, ...]:
	"""The subscriptions in an answer. Raises ConfigurationError where the answer holds no list."""
	items = _search(listing.items, answer)
	if not isinstance(items, list):
		raise ConfigurationError(
			"The answer holds no list of webhooks ({expression}). Tell the preset's author.",
			code="no_subscriptions",
			expression=listing.items,
		)
	return tuple(
		Listed(
			_text(_search(listing.id, item)),
			_text(_search(listing.topic, item)),
			_text(_search(listing.address, item)),
			not listing.active or bool(_search(listing.active, item)),
		)
		for item in items
	)


def _filled_path(text: str, values: Mapping[str, str], inputs: Mapping[str, str]) -> str:
	encoded = {key: quote(value, safe="") for key, value in inputs.items()}
	return _PLACE.sub(lambda place: quote(_value(place[1], values), safe=""), filled(text, encoded))


def _filled_body(
	value: Any, values: Mapping[str, str], inputs: Mapping[str, str], topics: Sequence[str]
) -> Any:
	if isinstance(value, Mapping):
		return {key: _filled_body(part, values, inputs, topics) for key, part in value.items()}
	if isinstance(value, list | tuple):
		if topics and len(value) == 1 and TOPIC in json.dumps(value):
			return [_filled_body(value[0], {**values, "topic": topic}, inputs, topics) for topic in topics]
		return [_filled_body(part, values, inputs, topics) for part in value]
	if value == TOPICS:
		return list(topics)
	if not isinstance(value, str):
		return value
	# Inputs first: what is filled in afterwards, such as a secret, is not read again.
	return _PLACE.sub(lambda place: _value(place[1], values), filled(value, inputs))


def _value(name: str, values: Mapping[str, str]) -> str:
	if name in values:
		return values[name]
	raise ConfigurationError(
		"The preset names {place} where it means nothing. Tell its author.",
		code="bad_preset",
		place=f"{{{name}}}",
	)


def _search(expression: str, data: Any) -> Any:
	if not expression:
		return None
	try:
		return compile_expression(expression).search(data)
	except ConnectError:  # what does not fit the answer finds nothing
		return None


def _said(value: Any) -> str:
	return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
	return "" if value is None or isinstance(value, bool | dict | list) else str(value)


def _moment(value: Any) -> datetime | None:
	try:
		if isinstance(value, str) and not value.isdigit():
			moment = dates.parse_iso(value)
			return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
		number = int(value)
		return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, timezone.utc)
	except (TypeError, ValueError, OverflowError, OSError):
		return None
