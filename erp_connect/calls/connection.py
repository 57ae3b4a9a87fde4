"""Opens a connection to an account: address policy of the site, limits and authentication of the account."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.calls.exchange import Connection
from erp_connect.config import authentication, secret_origins
from erp_connect.config.account import Account
from erp_connect.config.egress import certificate_of, proxy_of
from erp_connect.core.guard.egress import Policy
from erp_connect.store import installation
from erp_connect.transport.client import HttpClient


def open_connection(doc, account: Account, max_response_bytes: int = 0) -> Connection:
	"""A connection for the account described by Integration Settings `doc`. Raises `ConfigurationError`, also where its
	secrets were entered for another address.

	max_response_bytes: at least so much of an answer is read.
	"""
	client = open_client(
		account.name,
		connect_timeout=account.connect_timeout,
		read_timeout=account.read_timeout,
		deadline=account.deadline,
		max_response_bytes=max(account.max_response_bytes, max_response_bytes),
		max_connections=account.concurrency,
	)
	proof = authentication.of_account(doc, client)
	secret_origins.require(doc)
	return Connection(account, client, proof)


def open_client(account: str = "", *, policy: Policy | None = None, **limits: Any) -> HttpClient:
	"""A client within what site_config.json says: addresses, certificate authorities, proxy, and for an account
	its client certificate. policy: instead of the site's, which lets through what its administrator allows for accounts.
	limits: as `HttpClient` takes them. Raises `ConfigurationError`, also where this site is a copy of another
	installation.
	"""
	installation.require()
	return HttpClient(
		policy or site_policy(),
		ca_file=frappe.conf.get("erp_connect_ca_file") or "",
		proxy=proxy_of(frappe.conf, account),
		certificate=certificate_of(frappe.conf, account) if account else None,
		**limits,
	)


def site_policy() -> Policy:
	"""Which addresses this site may call. Only the site config can widen it, never a form.

	`erp_connect_allowed_networks`: list of private networks such as `10.1.0.0/16`;
	`erp_connect_allow_http`: whether public hosts may be called without TLS.
	"""
	return Policy.of(
		frappe.conf.get("erp_connect_allowed_networks") or (),
		allow_http=bool(frappe.conf.get("erp_connect_allow_http")),
	)
