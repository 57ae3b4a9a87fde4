"""Tokens that have to be fetched and renewed: kept for all workers, renewed by one of them.

OAuth 2 tokens live in Frappe's Token Cache, session tokens encrypted beside the account's other secrets. A
named lock of the database lets one worker renew while the others wait and then use what it got.
"""

from __future__ import annotations

import frappe
from frappe.utils.password import get_decrypted_password, set_encrypted_password

from erp_connect.config import secrets
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.redaction import Secret
from erp_connect.store.locks import one_at_a_time
from erp_connect.transport.auth import OAuth2Client, SessionLogin, log_in, request_token
from erp_connect.transport.client import HttpClient

CLIENT_CREDENTIALS = "OAuth 2 Client Credentials"
LOCK_SECONDS = 60
# Renewed this long before its end, so that it does not expire on the way.
MARGIN_SECONDS = 30


class OAuthToken:
	"""The OAuth 2 token of an account, from its Connected App."""

	def __init__(self, doc, http: HttpClient) -> None:
		if not doc.connected_app:
			raise ConfigurationError(
				"Choose a Connected App in account {account}.", code="auth", account=doc.name
			)
		self.account = doc.name
		self.http = http
		self.by_client = doc.auth_type == CLIENT_CREDENTIALS
		self.basic = doc.token_request_auth == "As Basic authentication"
		self.base_url_expression = doc.base_url_expression or ""
		self.app = frappe.get_doc("Connected App", doc.connected_app)
		self.user = doc.user if self.by_client else doc.token_user
		self.base_url = self._known_base_url()
		self.current: Secret | None = None

	def get(self) -> Secret:
		cache = self._cache()
		if cache and not _expires_soon(cache) and (token := _stored(cache, "access_token")):
			self.current = token
			return token
		return self.refresh(_stored(cache, "access_token") if cache else None)

	def refresh(self, stale: Secret | None) -> Secret:
		with one_at_a_time(f"{self.account}:oauth", LOCK_SECONDS):
			cache = self._cache(for_update=True)
			stored = _stored(cache, "access_token") if cache else None
			if stored and not _same(stored, stale) and not _expires_soon(cache):
				self.current = stored  # another worker was faster
				self.base_url = self._known_base_url()
				return stored
			return self._renew(cache)

	def _renew(self, cache) -> Secret:
		renewal = None if self.by_client else self._refresh_token(cache)
		token = request_token(self.http, self._client(), refresh_token=renewal)
		cache = cache or self._new_cache()
		data = {
			"access_token": token.access_token.reveal(),
			"expires_in": token.expires_in or 0,
			"token_type": "bearer",
			"scope": token.scope,
		}
		if token.refresh_token:
			data["refresh_token"] = token.refresh_token.reveal()
		cache.update_data(data)  # saves and commits
		self._remember_base_url(token.extra)
		self.current = token.access_token
		return token.access_token

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

	def _known_base_url(self) -> str:
		return frappe.db.get_value("Integration State", self.account, "token_base_url") or ""

	def _remember_base_url(self, answer) -> None:
		if not self.base_url_expression:
			return
		found = compile_expression(self.base_url_expression).search(dict(answer))
		if isinstance(found, str) and found:
			self.base_url = found.rstrip("/")
			frappe.db.set_value("Integration State", self.account, "token_base_url", self.base_url)
			frappe.db.commit()  # belongs to the token, which is committed already


class SessionToken:
	"""A token got by calling a login."""

	base_url = ""

	def __init__(self, doc, http: HttpClient) -> None:
		from erp_connect.config.account import base_url

		self.account = doc.name
		self.http = http
		self.lifetime = (doc.session_lifetime or 60) * 60
		self.current: Secret | None = None
		expression = doc.login_token_expression or ""
		self.login = SessionLogin(
			url=base_url(doc) + (doc.login_path or ""),
			username=doc.username or "",
			password=secrets.read(doc, "password", required=True),
			send_as=(doc.login_format or "JSON").lower(),
			username_field=doc.login_user_field or "username",
			password_field=doc.login_password_field or "password",
			token_expression="" if expression.strip() == "@" else expression,
		)

	def get(self) -> Secret:
		self.current = self._stored() or self.refresh(None)
		return self.current

	def refresh(self, stale: Secret | None) -> Secret:
		with one_at_a_time(f"{self.account}:session", LOCK_SECONDS):
			stored = self._stored()
			if stored and not _same(stored, stale):
				self.current = stored
				return stored
			token = log_in(self.http, self.login)
			set_encrypted_password("Integration Settings", self.account, token.reveal(), "session_token")
			frappe.db.sql(
				"UPDATE `tabIntegration State` SET session_expires = UNIX_TIMESTAMP() + %s WHERE integration = %s",
				(self.lifetime, self.account),
			)
			frappe.db.commit()  # the other workers wait for it
			self.current = token
			return token

	def _stored(self) -> Secret | None:
		valid = frappe.db.sql(
			"SELECT 1 FROM `tabIntegration State` WHERE integration = %s AND session_expires > UNIX_TIMESTAMP() + %s"
			" LOCK IN SHARE MODE",
			(self.account, MARGIN_SECONDS),
		)
		if not valid:
			return None
		token = get_decrypted_password(
			"Integration Settings", self.account, "session_token", raise_exception=False
		)
		return Secret(token) if token else None


def _stored(cache, fieldname: str) -> Secret | None:
	value = cache.get_password(fieldname, raise_exception=False)
	return Secret(value) if value else None


def _expires_soon(cache) -> bool:
	# 0: the answer did not say how long it lasts, so it counts until it is refused.
	return bool(cache.expires_in) and cache.get_expires_in() < MARGIN_SECONDS


def _same(one: Secret, other: Secret | None) -> bool:
	return other is not None and one.reveal() == other.reveal()
