"""How a preset says that a system's webhooks are proved, read, and registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from erp_connect.core.errors import ConnectError
from erp_connect.core.presets.part import Key, Part, Text
from erp_connect.core.values.durations import parse_duration
from erp_connect.core.verify.scheme import scheme_from_dict


class Call(Part):
	"""A request with templates: `{topic}`, `{address}`, `{secret}` (of the webhook), `{id}` (of the subscription),
	and `{input.key}`."""

	method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
	path: str
	body: Mapping[str, Any] | None = None
	graphql: str = ""


class Subscribe(Call):
	"""id, expires, secret: expressions over the answer. already: true of the answer that says it is subscribed."""

	id: str = ""
	expires: str = ""
	secret: str = ""
	already: str = ""


class Listing(Call):
	"""items: the subscriptions in the answer; id, topic, address: of each of them."""

	items: str
	id: str
	topic: str = ""
	address: str


class Registration(Part):
	"""each: one subscription for every topic, or one for all, where `{topics}` is their list.

	renew: how long before it expires a subscription is made again, such as "1d".
	"""

	each: bool = True
	subscribe: Subscribe
	list: Listing | None = None
	unsubscribe: Call | None = None
	renew: str = ""

	@field_validator("renew")
	@classmethod
	def _duration(cls, text: str) -> str:
		if text:
			_read(parse_duration, text, "renew")
		return text


class Webhooks(Part):
	"""schemes: how webhooks are proved, as `core.verify.scheme` reads it, the usual one first; the name is what the
	account's field *Webhooks are verified by* holds, so no two presets have the same. secret: who makes the secret of
	the proof: this app, the other system's answer, or a person enters it."""

	schemes: Mapping[Key, Mapping[str, Any]] = Field(min_length=1)
	secret: Literal["made here", "answered", "entered"] = "entered"
	topics: tuple[Text, ...] = ()
	registration: Registration | None = None
	help: str = ""

	@field_validator("schemes")
	@classmethod
	def _schemes(cls, given: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
		for name, scheme in given.items():
			# What belongs to the account is not known yet.
			_read(scheme_from_dict, {"webhook_id": "-", **scheme}, name)
		return given

	@model_validator(mode="after")
	def _secret(self) -> Webhooks:
		if self.secret == "answered" and not (self.registration and self.registration.subscribe.secret):
			raise ValueError("a secret that is answered needs registration.subscribe.secret")
		return self


def _read(reader: Callable[[Any], object], given: Any, name: str) -> None:
	try:
		reader(given)
	except ConnectError as error:
		raise ValueError(f"{name}: {error}") from None
