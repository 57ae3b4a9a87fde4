"""How a preset says that the webhooks of a system are registered, looked at and removed by its API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, field_validator

from erp_connect.core.errors import ConnectError
from erp_connect.core.presets.part import Jmespath, Part, Text
from erp_connect.core.values.durations import parse_duration


def _is_duration(text: str) -> str:
	try:
		if text:
			parse_duration(text)
	except ConnectError as error:
		raise ValueError(str(error)) from None
	return text


class Call(Part):
	"""A request whose texts may hold `{topic}`, `{address}`, `{secret}` (of the webhook), `{id}` (of the subscription),
	`{title}` (of the account) and `{input.key}`. A text of the body that is `{topics}` alone becomes their list, and a list
	of one entry that names `{topic}` has that entry for each of them.

	graphql: the query; `body` are its variables then.
	"""

	method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
	path: Text
	body: Mapping[str, Any] | None = None
	graphql: str = ""

	def names(self, place: str) -> bool:
		"""Whether the path or the body holds the place of this name."""
		return f"{{{place}}}" in self.path + json.dumps(self.body or {})


class Subscribe(Call):
	"""id, expires, secret, error: expressions over the answer. expires: a time, or Unix time in seconds or milliseconds.
	error: what an answer says that is a success by its status alone. lasts: how long it is asked for, such as "7d", where
	the request says when it ends, `{expires}`; `{number}` is one of 15 digits, always the same for a subscription.
	"""

	id: Jmespath
	error: Jmespath = ""
	expires: Jmespath = ""
	lasts: Annotated[str, AfterValidator(_is_duration)] = ""
	secret: Jmespath = ""


class Listing(Call):
	"""items: the subscriptions in the answer. id, topic, address, active: of each; without `active` all deliver, without
	`topic` a subscription is for all topics.

	Its path or body may hold `{page}`, from 1, or `{after}`, the id of the last one seen: pages are turned until one
	brings nothing new. Without them one answer holds all.
	"""

	items: Jmespath
	id: Jmespath
	address: Jmespath
	topic: Jmespath = ""
	active: Jmespath = ""


class Registration(Part):
	"""each: one subscription for every topic, or one for all, whose body holds `{topics}`, or `{topic}` in a list.

	renew: how long before it expires a subscription is made again, such as "1d".
	"""

	each: bool = True
	subscribe: Subscribe
	list: Listing | None = None
	unsubscribe: Call | None = None
	renew: Annotated[str, AfterValidator(_is_duration)] = ""

	@field_validator("list")
	@classmethod
	def _reads(cls, listing: Listing | None) -> Listing | None:
		if listing and listing.method not in ("GET", "POST"):
			raise ValueError("a list is asked for by GET or POST")
		return listing
