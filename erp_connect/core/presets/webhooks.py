"""How a preset says that a system's webhooks are proved, read, and registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from erp_connect.core.errors import ConnectError
from erp_connect.core.presets.part import Key, Part, Text
from erp_connect.core.presets.registration import Registration
from erp_connect.core.verify.scheme import scheme_from_dict


class Webhooks(Part):
	"""schemes: how webhooks are proved, as `core.verify.scheme` reads it, the usual one first; the name is what the
	account's field *Webhooks are verified by* holds, so no two presets have the same. secret: who makes the secret of
	the proof: this app, the other system's answer, or a person enters it; `none` where the proof takes no secret. topics: that events come under; where they are
	subscribed to by other names, each with that."""

	schemes: Mapping[Key, Mapping[str, Any]] = Field(min_length=1)
	secret: Literal["made here", "answered", "entered", "none"] = "entered"
	topics: tuple[Text, ...] | Mapping[Text, Text] = ()
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
		if self.secret == "answered":
			if not (self.registration and self.registration.subscribe.secret):
				raise ValueError("a secret that is answered needs registration.subscribe.secret")
			if self.registration.each:
				raise ValueError(
					"a secret that is answered is one for all topics: registration.each is false"
				)
		if self.registration and self.secret != "made here" and self.registration.subscribe.names("secret"):
			# What a person entered was meant for comparing, and not to be sent to wherever the account leads.
			raise ValueError("{secret} in a registration is one that is made here")
		self._require_proved()
		if self.registration and not self.topics:
			raise ValueError("a registration needs topics")
		return self

	def _require_proved(self) -> None:
		"""Of several ways of proof in one scheme, each topic has one: events of another would be refused."""
		for name, given in self.schemes.items():
			ways = scheme_from_dict({"webhook_id": "-", **given}).alternatives
			proved = {topic for way in ways for topic in way.scheme.topics}
			if ways and (missing := [topic for topic in self.topics if topic not in proved]):
				raise ValueError(f"schemes.{name}: no way of proof is for the topic {missing[0]}")

	@property
	def topic_names(self) -> dict[str, str]:
		"""The name by which each topic is subscribed to."""
		if isinstance(self.topics, Mapping):
			return dict(self.topics)
		return {topic: topic for topic in self.topics}


def _read(reader: Callable[[Any], object], given: Any, name: str) -> None:
	try:
		reader(given)
	except ConnectError as error:
		raise ValueError(f"{name}: {error}") from None
