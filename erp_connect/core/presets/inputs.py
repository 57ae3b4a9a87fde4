"""What a preset asks of the person who connects a system: entries that are the account's own.

	{"key": "shop", "title": "Shop", "help": "What stands before .example.com", "link": "https://…",
	 "pattern": "[a-z0-9][a-z0-9-]*", "example": "my-shop", "prefix": "https://", "suffix": ".example.com"}

An entry is kept in the account's table of inputs, where `{input.shop}` finds it, unless `fills` names a field of
the account (`password`), a header, query parameter or entry of the body (`header:X-Key`), what the account's Connected
App is made with (`oauth:client_id`, `oauth:client_secret`), or the kinds of amounts that a ledger account takes
(`commerce_accounts:Shipping,Fee`); or a list of such places. A secret is always kept in a field or row that is encrypted, and is never seen by expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field, model_validator

from erp_connect.core.errors import ConfigurationError, Told, Whole
from erp_connect.core.presets.part import Address, Key, Part, Text, Value

LONGEST = 1000
# A key file with a private key.
LONGEST_SECRET = 8000
OAUTH = "oauth:"
CLIENT_ID, CLIENT_SECRET = OAUTH + "client_id", OAUTH + "client_secret"
_SECRET_OF_APP = {CLIENT_ID: False, CLIENT_SECRET: True}


class Choice(Part):
	"""One of the values that an input can have."""

	value: str
	title: Text


class Taken(Part):
	"""An entry that nobody has to make, as another one says it: the first group of the pattern, searched in that one."""

	input: Key
	pattern: Text

	@model_validator(mode="after")
	def _whole(self) -> Taken:
		try:
			if re.compile(self.pattern).groups != 1:
				raise ValueError("taken_from.pattern needs one group, which is what is taken")
		except re.error as error:
			raise ValueError(f"taken_from.pattern cannot be read: {error}") from None
		return self


class Input(Part):
	"""What is the account's own, and asked for when it is made.

	help: one or two lines on where the value is found; link: the page there. prefix, suffix: what people copy along
	and the value does not hold. doctype, filters: the value is the name of such a document here, `{company}` in a
	filter being the account's. fills: field of the account that takes the value, or another place that docs/adding-a-system.md names. auth: the ways to authenticate that
	ask for it, all when empty. flows: the flows that ask for it, all when empty. taken_from: where it is part of another entry.
	"""

	key: Key
	title: Text
	help: str = ""
	link: Address | None = None
	pattern: str = ""
	example: str = ""
	prefix: str = ""
	suffix: str = ""
	choices: tuple[Choice, ...] = ()
	doctype: str = ""
	filters: Mapping[str, Any] = Field(default_factory=dict)
	default: Value | None = None
	required: bool = True
	secret: bool = False
	fills: str | tuple[Text, ...] = ""
	auth: tuple[Key, ...] = ()
	flows: tuple[Text, ...] = ()
	taken_from: Taken | None = None

	@model_validator(mode="after")
	def _whole(self) -> Input:
		try:
			re.compile(self.pattern)
		except re.error as error:
			raise ValueError(f"the pattern cannot be read: {error}") from None
		if self.choices and self.doctype:
			raise ValueError("choices and doctype exclude each other")
		if self.filters and not self.doctype:
			raise ValueError("filters need a doctype")
		if self.secret and not self.fills:
			raise ValueError("a secret needs fills: where it is kept")
		if self.of_app and (len(self.places) > 1 or self.secret != _SECRET_OF_APP.get(self.places[0])):
			raise ValueError(f"fills is {CLIENT_ID}, which is no secret, or {CLIENT_SECRET}, which is one")
		if self.taken_from and self.secret:
			raise ValueError("a secret is entered, and not taken from another entry")
		if self.secret and self.default is not None:
			raise ValueError("a secret has no default")
		return self

	@property
	def places(self) -> tuple[str, ...]:
		"""Where the value is kept; none for the table of inputs."""
		given = (self.fills,) if isinstance(self.fills, str) else self.fills
		return tuple(place for place in given if place)

	@property
	def of_app(self) -> bool:
		"""Whether it is a Connected App's."""
		return any(place.startswith(OAUTH) for place in self.places)


def entered(asked: Input, entries: Mapping[str, Any]) -> object:
	"""What stands for an input among the entries, as it was typed; None for nothing."""
	taken = asked.taken_from
	if taken is None or not entries.get(taken.input):
		return entries.get(asked.key)
	found = re.search(taken.pattern, str(entries[taken.input]).strip())
	return found.group(1) if found else None


def shown(inputs: tuple[Input, ...], ways: Iterable[str]) -> Iterator[Input]:
	"""The inputs that a person is asked for: what is taken from another one, only by ways that do not ask for that."""
	by_key, ways = {asked.key: asked for asked in inputs}, tuple(ways)
	for asked in inputs:
		if asked.taken_from is None:
			yield asked
			continue
		source = by_key[asked.taken_from.input]
		if others := tuple(way for way in asked.auth or ways if source.auth and way not in source.auth):
			yield asked.model_copy(update={"auth": others})


def entry_of(asked: Input, entered: object) -> str:
	"""What is kept of what a person typed or pasted: without spaces around it, prefix and suffix.

	Empty where nothing was entered and nothing is required. Raises ConfigurationError (code `input`, with the `key`)
	for a value that is missing, too long, not among the choices or not of the form that the pattern says.
	"""
	text = "" if entered is None else str(entered).strip()
	if not asked.secret:
		text = _bare(text, asked)
	if not text and asked.default is not None:
		text = str(asked.default)
	if not text:
		if asked.required:
			raise _wrong(asked, "{title} is missing.")
		return ""
	limit = LONGEST_SECRET if asked.secret else LONGEST
	if len(text) > limit:
		raise _wrong(asked, "{title} has more than {limit} characters.", limit=limit)
	if asked.choices and text not in [choice.value for choice in asked.choices]:
		raise _wrong(asked, "{title} is one of: {choices}.", choices=Whole(_choices(asked)))
	if asked.pattern and not re.fullmatch(asked.pattern, text):
		raise _wrong(asked, "{title} does not look right.")
	return text


def asked_for(inputs: tuple[Input, ...], auth: str, flows: tuple[str, ...]) -> Iterator[Input]:
	"""The inputs that count for one way to authenticate and the chosen flows."""
	for asked in inputs:
		if (not asked.auth or auth in asked.auth) and (not asked.flows or set(asked.flows) & set(flows)):
			yield asked


def _bare(text: str, asked: Input) -> str:
	lowered = text.lower()
	if asked.prefix and lowered.startswith(asked.prefix.lower()):
		text = text[len(asked.prefix) :]
	if asked.suffix:
		# An address is pasted with all that follows it.
		end = text.lower().find(asked.suffix.lower())
		text = text[:end] if end > 0 else text
	return text


def _choices(asked: Input) -> str:
	return ", ".join(choice.title for choice in asked.choices)


def _wrong(asked: Input, reason: str, **params: Any) -> ConfigurationError:
	# The value itself is never named: it may be a secret in the wrong place.
	facts = {"title": asked.title, "example": asked.example, "help": asked.help, **params}
	# Each by itself: the catalogues do not have them joined.
	told = {"reason": Told(reason, facts)}
	if asked.example:
		told["looks"] = Told("It looks like this: {example}.", facts)
	if asked.help:
		told["explained"] = Whole(asked.help)
	template = " ".join(f"{{{name}}}" for name in told)
	return ConfigurationError(template, code="input", key=asked.key, **facts, **told)
