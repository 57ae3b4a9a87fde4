"""Tokens that have to be fetched and renewed: kept for all workers, renewed by one of them.

OAuth 2 tokens live in Frappe's Token Cache, session tokens encrypted beside the account's other secrets. A
named lock of the database lets one worker renew while the others wait and then use what it got.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any

import frappe

from erp_connect.config import inputs, secrets
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.values.inputs import filled
from erp_connect.core.values.json_text import problem_of
from erp_connect.jobs.steps import Steps
from erp_connect.store import locks, state
from erp_connect.transport.auth import (
	OAuth2Client,
	Token,
	request_token,
)
from erp_connect.transport.client import HttpClient

CLIENT_CREDENTIALS = "OAuth 2 Client Credentials"
LOCK_SECONDS = 60
# Renewed this long before its end, so that it does not expire on the way.
MARGIN_SECONDS = 30
# Looked up again after this time. Less than the margin: nothing is sent with a token that has expired meanwhile.
FRESH_SECONDS = 10
# Where nothing says how long a token lasts, it counts until it is refused, and is renewed once a day.
UNTOLD_SECONDS = 86400
# Between two looks at whether somebody else has renewed it.
WAIT_SECONDS = 0.1


class KeptToken(ABC):
	"""A token that is kept for all workers. current: the one that requests of this process carry."""

	# Of the lock under which it is renewed.
	kind: str
	base_url = ""

	def __init__(self, doc, http: HttpClient) -> None:
		self.account = doc.name
		self.http = http
		self.base_url_expression = doc.base_url_expression or ""
		self.current: Secret | None = None
		self._good_until = 0.0

	def have(self) -> Steps[None]:
		"""Have a token that lasts for the next request. Raises `TokenError`, `TransportError`, `ConfigurationError`."""
		if self.current is None or time.monotonic() > self._good_until:
			known = self._known()
			if known is None:
				yield from self.renew(self.current)
			else:
				self._use(known)

	def renew(self, refused: Secret | None) -> Steps[None]:
		"""Have another token than `refused`: the one that somebody else got meanwhile, or a new one.

		One process at a time renews, and in it one work at a time; the others wait for what it gets. Raises as `have`.
		"""
		lock, end = f"{self.account}:{self.kind}", time.monotonic() + LOCK_SECONDS
		while not locks.try_to_hold(lock):
			if time.monotonic() > end:
				raise locks.busy()
			yield WAIT_SECONDS
		try:
			frappe.db.commit()  # ends the reading: what the others stored is seen from here on
			known = self._known()
			if known and not _same(known, refused):
				self._use(known)
				return
			answer = yield from self._asked()
			self._use(self._keep(answer))
		finally:
			locks.let_go(lock)

	def _known_base_url(self) -> str:
		return state.token_address(self.account)

	def _remember_base_url(self, answer: Mapping[str, Any]) -> None:
		"""Where the API is, if the account looks for it in the token's answer. Commits what it stores."""
		if not self.base_url_expression:
			return
		found = compile_expression(self.base_url_expression).search(dict(answer))
		if isinstance(found, str) and found:
			self.base_url = found.rstrip("/")
			state.remember_token_address(self.account, self.base_url)
			frappe.db.commit()  # belongs to the token, which is committed already

	def _use(self, token: Secret) -> None:
		self.current = token
		self._good_until = time.monotonic() + FRESH_SECONDS

	@abstractmethod
	def _known(self) -> Secret | None:
		"""The token that is stored and lasts for a while."""

	@abstractmethod
	def _asked(self) -> Steps[Any]:
		"""Ask outside for a new one."""

	@abstractmethod
	def _keep(self, answer: Any) -> Secret:
		"""Store what came. Commits."""


class OAuthToken(KeptToken):
	"""The OAuth 2 token of an account, from its Connected App."""

	kind = "oauth"

	def __init__(self, doc, http: HttpClient) -> None:
		if not doc.connected_app:
			raise ConfigurationError(
				"Choose a Connected App in account {account}.", code="auth", account=doc.name
			)
		super().__init__(doc, http)
		self.by_client = doc.auth_type == CLIENT_CREDENTIALS
		self.basic = doc.token_request_auth == "As Basic authentication"
		self.as_json = doc.token_request_auth == "In the body, as JSON"
		self.headers = texts_of(doc, "token_headers")
		self.app = frappe.get_doc("Connected App", doc.connected_app)
		self.user = doc.user if self.by_client else doc.token_user
		self.base_url = self._known_base_url()

	def _known(self) -> Secret | None:
		cache = self._cache()
		if not cache or _expires_soon(cache):
			return None
		self.base_url = self._known_base_url()
		return _stored(cache, "access_token")

	def _asked(self) -> Steps[Token]:
		cache = self._cache()
		renewal = None if self.by_client else self._refresh_token(cache)
		return (yield partial(request_token, self.http, self._client(), refresh_token=renewal))

	def _keep(self, answer: Token) -> Secret:
		cache = self._cache(for_update=True) or self._new_cache()
		data = {
			"access_token": answer.access_token.reveal(),
			"expires_in": answer.expires_in or 0,
			"token_type": "bearer",
			"scope": answer.scope,
		}
		if answer.refresh_token:
			data["refresh_token"] = answer.refresh_token.reveal()
		cache.update_data(data)  # saves and commits
		self._remember_base_url(answer.extra)
		return answer.access_token

	def _refresh_token(self, cache) -> Secret:
		token = _stored(cache, "refresh_token") if cache else None
		if not token:
			raise ConfigurationError(
				"Account {account} has no access yet, or it has ended. Press Grant Access in the account.",
				code="no_access",
				account=self.account,
			)
		return token

	def _client(self) -> OAuth2Client:
		return OAuth2Client(
			token_url=self.app.token_uri,
			client_id=self.app.client_id,
			client_secret=Secret(secrets.stored(self.app, "client_secret")),
			scope=" ".join(self.app.get_scopes()),
			basic=self.basic,
			as_json=self.as_json,
			headers=self.headers,
			extra=self.app.get_query_params() if self.by_client else {},
		)

	def _cache(self, for_update: bool = False):
		name = f"{self.app.name}-{self.user}"
		if not frappe.db.exists("Token Cache", name):
			return None
		return frappe.get_doc("Token Cache", name, for_update=for_update)

	def _new_cache(self):
		cache = frappe.new_doc("Token Cache")
		cache.update({"connected_app": self.app.name, "user": self.user})
		return cache


def texts_of(doc, fieldname: str) -> dict[str, str]:
	"""Texts by name in a field that holds JSON, with the account's inputs. Raises `ConfigurationError` for anything else."""
	own = inputs.of_document(doc)
	try:
		given = json.loads(doc.get(fieldname) or "{}")
	except ValueError as error:
		raise ConfigurationError(
			"{field} is not valid JSON: {reason}. Correct that line in the account, tab Authentication.",
			code="auth",
			field=doc.meta.get_label(fieldname),
			reason=Whole(problem_of(error)),
		) from None
	if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
		raise ConfigurationError(
			'{field} is one JSON object of names and texts, such as {{"name": "text"}}. Correct it in the account.',
			code="auth",
			field=doc.meta.get_label(fieldname),
		)
	return {name: filled(value, own) for name, value in given.items()}


def _stored(cache, fieldname: str) -> Secret | None:
	value = cache.get_password(fieldname, raise_exception=False)
	return Secret(value) if value else None


def _expires_soon(cache) -> bool:
	# 0: the answer did not say how long it lasts, so it counts until it is refused.
	return bool(cache.expires_in) and cache.get_expires_in() < MARGIN_SECONDS


def _same(one: Secret, other: Secret | None) -> bool:
	return other is not None and one.reveal() == other.reveal()
