"""Tokens that this app asks for itself, and keeps encrypted beside the account's other secrets."""

from __future__ import annotations

import time
from functools import partial

import frappe

from erp_connect.config import inputs, secrets
from erp_connect.config.tokens import MARGIN_SECONDS, UNTOLD_SECONDS, KeptToken, texts_of
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.values.inputs import filled, filled_address
from erp_connect.jobs.steps import Steps
from erp_connect.store import state
from erp_connect.transport.auth import (
	ServiceAccount,
	SessionLogin,
	Token,
	log_in,
	read_key,
	request_service_token,
)
from erp_connect.transport.auth import SessionToken as Answered
from erp_connect.transport.client import HttpClient


class ServiceToken(KeptToken):
	"""The token of a service account, got by an assertion that it signs."""

	kind = "service"

	def __init__(self, doc, http: HttpClient) -> None:
		super().__init__(doc, http)
		own = inputs.of_document(doc)
		key, issuer, key_id = read_key(secrets.read(doc, "jwt_key", required=True).reveal())
		self.service = ServiceAccount(
			token_url=filled_address((doc.token_url or "").strip(), own),
			issuer=filled(doc.jwt_issuer or "", own) or issuer,
			key=Secret(key),
			audience=filled(doc.jwt_audience or "", own),
			subject=filled(doc.jwt_subject or "", own),
			algorithm=doc.jwt_algorithm or "RS256",
			key_id=doc.jwt_key_id or key_id,
			claims=texts_of(doc, "jwt_claims"),
			headers=texts_of(doc, "token_headers"),
		)
		self.base_url = self._known_base_url()

	def _asked(self) -> Steps[Token]:
		return (yield partial(request_service_token, self.http, self.service, time.time()))

	def _keep(self, answer: Token) -> Secret:
		lifetime = answer.expires_in or UNTOLD_SECONDS
		state.keep_session_token(self.account, answer.access_token.reveal(), lifetime)
		frappe.db.commit()  # the other workers wait for it
		self._remember_base_url(answer.extra)
		return answer.access_token

	def _known(self) -> Secret | None:
		token = state.session_token(self.account, MARGIN_SECONDS)
		if not token:
			return None
		self.base_url = self._known_base_url()
		return Secret(token)


class SessionToken(KeptToken):
	"""A token got by calling a login."""

	kind = "session"

	def __init__(self, doc, http: HttpClient) -> None:
		from erp_connect.config.account import base_url

		super().__init__(doc, http)
		self.lifetime = (doc.session_lifetime or 60) * 60
		expression = doc.login_token_expression or ""
		self.login = SessionLogin(
			url=join_url(base_url(doc), filled(doc.login_path or "", inputs.of_document(doc)).strip()),
			method=doc.login_method or "POST",
			username=doc.username or "",
			password=secrets.read(doc, "password", required=True),
			send_as=(doc.login_format or "JSON").lower(),
			username_field=doc.login_user_field or "username",
			password_field=doc.login_password_field or "password",
			extra=texts_of(doc, "login_fields"),
			headers=texts_of(doc, "token_headers"),
			token_expression="" if expression.strip() == "@" else expression,
			token_header=(doc.login_token_header or "").strip(),
			lifetime_expression=doc.session_lifetime_expression or "",
		)

	def _asked(self) -> Steps[Answered]:
		return (yield partial(log_in, self.http, self.login, time.time()))

	def _keep(self, answer: Answered) -> Secret:
		lifetime = answer.lifetime or self.lifetime
		if answer.at_most is not None:
			lifetime = min(lifetime, answer.at_most)
		state.keep_session_token(self.account, answer.token.reveal(), lifetime)
		frappe.db.commit()  # the other workers wait for it
		return answer.token

	def _known(self) -> Secret | None:
		token = state.session_token(self.account, MARGIN_SECONDS)
		return Secret(token) if token else None
