"""How a preset says that a system is reached: ways to authenticate, environments, limits, and what is tested."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from erp_connect.core.presets.part import Address, Jmespath, Key, Part, Text, Value
from erp_connect.core.presets.registration import Call

# An address whose host may hold inputs: https://{input.shop}.example.com/api
Template = Annotated[str, StringConstraints(pattern=r"^(https?://|\{input\.)\S+$")]

AUTHORIZATION_CODE = "OAuth 2 Authorization Code"
# What an account's access tokens come by, where a Connected App gives them.
BY_CONNECTED_APP = ("OAuth 2 Client Credentials", AUTHORIZATION_CODE)
# A value of an account's field; an object where the field holds JSON.
Setting = Value | Mapping[str, Any]
# Belong to an account, not to a system; or are secret.
FORBIDDEN_SETTINGS = frozenset(
	{
		"name", "doctype", "account_name", "system", "enabled", "paused", "pause_reason", "environment", "base_url",
		"sandbox_base_url", "company", "user", "username", "api_key", "jwt_key", "jwt_issuer", "jwt_subject", "connected_app", "token_user", "parameters",
		"password", "token", "token_secret", "api_secret", "signing_secret", "previous_signing_secret", "previous_secret_expires",
		"endpoint_key", "verification_secret", "previous_verification_secret", "inbound_key", "inbound_secret",
		"alert_error_rate", "alert_backlog", "rotate_after_days", "credentials_end", "secrets_changed",
	}
)  # fmt: skip


class Parameter(Part):
	"""A header, query parameter or entry of the body of every request. value: may hold `{input.key}`."""

	place: Literal["Header", "Query", "Body"]
	key: Text
	value: str


class OAuthServer(Part):
	"""Addresses of an OAuth 2 server. They may hold inputs."""

	authorization_url: Template | None = None
	token_url: Template
	revocation_url: Template | None = None


class OAuth(OAuthServer):
	"""From what a Connected App is made. sandbox: where the sandbox has a server of its own.

	parameters: go along when access is asked for; their values may hold inputs.
	"""

	scopes: tuple[Text, ...] = ()
	parameters: Mapping[str, str] = Field(default_factory=dict)
	sandbox: OAuthServer | None = None

	def server(self, environment: str) -> OAuthServer:
		"""The server of an environment, `Production` or `Sandbox`."""
		return self.sandbox if self.sandbox and environment == "Sandbox" else self


def check_settings(settings: Mapping[str, Setting]) -> dict[str, Value]:
	"""The values of the account's fields; an object is JSON there. Raises ValueError for one that no preset may bring."""
	for name in settings:
		if name in FORBIDDEN_SETTINGS:
			raise ValueError(f"{name} belongs to an account, not to a preset")
	return {
		name: json.dumps(value, ensure_ascii=False, indent=1) if isinstance(value, Mapping) else value
		for name, value in settings.items()
	}


class Authentication(Part):
	"""One way to authenticate: what it fills into the account, besides the inputs that name it."""

	key: Key
	title: Text
	help: str = ""
	link: Address | None = None
	settings: Mapping[str, Setting] = Field(default_factory=dict)
	parameters: tuple[Parameter, ...] = ()
	oauth: OAuth | None = None

	_settings = field_validator("settings")(check_settings)

	@model_validator(mode="after")
	def _oauth(self) -> Authentication:
		if self.oauth is None:
			return self
		auth_type = self.settings.get("auth_type")
		if auth_type not in BY_CONNECTED_APP:
			raise ValueError(f"a way with oauth has the auth_type {' or '.join(BY_CONNECTED_APP)}")
		servers = (self.oauth, self.oauth.sandbox or self.oauth)
		if auth_type == AUTHORIZATION_CODE and not all(server.authorization_url for server in servers):
			raise ValueError(f"{AUTHORIZATION_CODE} needs an authorization_url")
		return self


class Environment(Part):
	"""Where the system is. The address may hold inputs."""

	name: Literal["Production", "Sandbox"]
	base_url: Template


class Check(Call):
	"""A request of Test Connection, in which `{input.key}` is filled in.

	expect: true of the body of a good answer, in which `_input.key` is an input. told: what to do about a bad one, for people; without it the advice is that
	of the outcome.
	"""

	title: Text
	method: Literal["GET", "POST"] = "GET"
	path: str
	expect: Jmespath = ""
	told: str = ""


class Limits(Part):
	"""What the system allows an account: requests per second, how many in a burst, how many at once."""

	rate: float | None = Field(None, gt=0)
	burst: int | None = Field(None, ge=1)
	at_once: int | None = Field(None, ge=1, le=64)
