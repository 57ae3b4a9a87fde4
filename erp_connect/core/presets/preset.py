"""Presets: what is known about one outside system, as data.

	{"format": "erp_connect.preset", "version": 2,
	 "name": "ERPNext",                          short; what the account's field System holds
	 "release": "1.2", "title": "ERPNext or Frappe site", "description": "…",
	 "extends": "",                              name of a preset to start from
	 "inputs": [{"key": "shop", …}],             what is the account's own (`inputs`)
	 "auth": [{"key": "token", …}],              ways to authenticate (`connection`)
	 "environments": [{"name": "Production", "base_url": "https://{input.shop}.example.com"}],
	 "settings": {"payload_format": "JSON"},     values of Integration Settings
	 "parameters": [{"place": "Header", "key": "Accept-Version", "value": "2"}],
	 "check": [{"title": "…", "path": "/me"}], "limits": {"rate": 2},
	 "answers": [{"statuses": "429", "verdict": "Slow down"}],      rows of What answers mean
	 "webhooks": {"schemes": {…}},               proof and registration (`webhooks`)
	 "serves": {"calls": ["orders"], "roles": […]},  calls of the API that the system makes (`Serves`)
	 "fragments": {"address": [{…}]},            rows that several flows use (`fragments`)
	 "pages": {"order": "/orders/{id}"},         where people see a record there (`pages`)
	 "sandbox_pages": {"order": "https://…"},    the same in its sandbox
	 "flows": [{"description": "…", "mapping": {…}}],
	 "api_version": "2026-10", "sunset": "2027-10-01",
	 "migrations": [{"release": "1.2", "changes": ["…"]}],
	 "notes": ["…"], "sources": [{"fact": "…", "address": "https://…"}]}

Never looks at a DocType: whether fields exist there is for the Frappe side and the tests to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from erp_connect.core.delivery.answer_rules import rules_from
from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.presets.batches import Batches
from erp_connect.core.presets.connection import (
	Authentication,
	Check,
	Environment,
	Limits,
	Parameter,
	Setting,
	check_settings,
)
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.inputs import CLIENT_ID, CLIENT_SECRET, OAUTH, Input
from erp_connect.core.presets.pages import PageAddress, is_below_account
from erp_connect.core.presets.part import Address, Part, Text
from erp_connect.core.presets.webhooks import Webhooks

FORMAT = "erp_connect.preset"
VERSION = 2
Release = Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+){0,2}$")]


class Source(Part):
	"""Where a fact about the system was read."""

	fact: Text
	address: Address


class Serves(Part):
	"""What the system asks of this site, instead of being asked. calls: of the API. roles: what the account's user has to
	have for them. Which calls are closed to it, `settings` say (`switched_off`)."""

	calls: Annotated[tuple[Text, ...], Field(min_length=1)]
	roles: tuple[Text, ...] = ()


class Migration(Part):
	"""What a release changed, for the person who takes it over."""

	release: Release
	changes: tuple[Text, ...]


class Preset(Part):
	"""What is known about one system. What each part is for is told in docs/adding-a-system.md."""

	format: Literal["erp_connect.preset"]
	version: Literal[2]
	name: Annotated[str, StringConstraints(min_length=1, max_length=140)]
	title: Text
	release: Release = "1"
	description: str = ""
	extends: str = ""
	inputs: tuple[Input, ...] = ()
	auth: tuple[Authentication, ...] = ()
	environments: tuple[Environment, ...] = ()
	settings: Mapping[str, Setting] = Field(default_factory=dict)
	parameters: tuple[Parameter, ...] = ()
	check: tuple[Check, ...] = ()
	limits: Limits = Limits()
	batches: Batches | None = None
	answers: tuple[Mapping[str, Any], ...] = ()
	webhooks: Webhooks | None = None
	serves: Serves | None = None
	fragments: Mapping[str, tuple[Mapping[str, Any], ...]] = Field(default_factory=dict)
	pages: Mapping[str, PageAddress] = Field(default_factory=dict)
	sandbox_pages: Mapping[str, PageAddress] = Field(default_factory=dict)
	flows: tuple[PresetFlow, ...] = ()
	api_version: str = ""
	sunset: date | None = None
	migrations: tuple[Migration, ...] = ()
	notes: tuple[Text, ...] = ()
	sources: tuple[Source, ...] = ()

	_settings = field_validator("settings")(check_settings)

	@field_validator("answers")
	@classmethod
	def _answers(cls, rows: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
		try:
			rules_from(rows)
		except (ConnectError, KeyError, TypeError) as error:
			raise ValueError(str(error)) from None
		return rows

	@model_validator(mode="after")
	def _names(self) -> Preset:
		for what, names in (
			("inputs", [asked.key for asked in self.inputs]),
			("ways to authenticate", [way.key for way in self.auth]),
			("environments", [place.name for place in self.environments]),
			("flows", [flow.name for flow in self.flows]),
		):
			if twice := _twice(names):
				raise ValueError(f"two {what} are named {twice}")
		self._require_known(
			"way to authenticate", (way for asked in self.inputs for way in asked.auth), self.auth
		)
		self._require_client()
		keys = {asked.key for asked in self.inputs}
		for asked in self.inputs if not self.extends else ():
			if asked.taken_from and asked.taken_from.input not in keys:
				raise ValueError(
					f"the input {asked.key} is taken from {asked.taken_from.input}, which is not asked for"
				)
		return self

	def _require_client(self) -> None:
		"""Whatever makes a Connected App asks for its client, and nothing else does."""
		for way in self.auth if not self.extends else ():
			asked_for = [asked for asked in self.inputs if not asked.auth or way.key in asked.auth]
			fills = [place for asked in asked_for for place in asked.places]
			needed = [CLIENT_ID, CLIENT_SECRET] if way.oauth else []
			if sorted(fill for fill in fills if fill.startswith(OAUTH)) != needed:
				raise ValueError(
					f"the way to authenticate {way.key} asks for {' and '.join(needed) or 'no client of an app'}, once each"
				)

	def _require_known(self, what: str, named: Iterable[str], known: Iterable[Authentication]) -> None:
		if not self.extends and (unknown := sorted(set(named) - {way.key for way in known})):
			raise ValueError(f"there is no {what} {unknown[0]}")

	def flow(self, name: str) -> PresetFlow:
		"""Raises ConfigurationError when there is none of this name."""
		for flow in self.flows:
			if flow.name == name:
				return flow
		raise ConfigurationError(
			"Preset {preset} has no flow {flow}. Choose one of: {known}.",
			code="unknown_flow",
			preset=self.name,
			flow=name,
			known=Whole(", ".join(flow.name for flow in self.flows) or "-"),
		)

	def page(self, entity: str, *, sandbox: bool) -> str:
		"""The page of a kind of record, its places still open; empty where none is known. Pages below the address of the
		account are also those of its sandbox."""
		live = self.pages.get(entity, "")
		if not sandbox:
			return live
		return self.sandbox_pages.get(entity) or (live if is_below_account(live) else "")

	def way(self, key: str) -> Authentication | None:
		"""The way to authenticate of this key; the first one for an empty key. None where the preset knows none."""
		return next((way for way in self.auth if not key or way.key == key), None)

	@property
	def example_address(self) -> str:
		"""An address to show where none was entered yet."""
		asked = next((asked for asked in self.inputs if "base_url" in asked.places), None)
		return asked.example if asked else ""


def _twice(names: list[str]) -> str | None:
	return next((name for name in names if names.count(name) > 1), None)
