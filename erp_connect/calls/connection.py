"""Opens a connection to an account: address policy of the site, limits and authentication of the account."""

from __future__ import annotations

import frappe

from erp_connect.calls.exchange import Connection
from erp_connect.config import authentication
from erp_connect.config.account import Account
from erp_connect.core.guard.egress import Policy
from erp_connect.transport.client import HttpClient


def open_connection(doc, account: Account, max_response_bytes: int = 0) -> Connection:
	"""A connection for the account described by Integration Settings `doc`. Raises `ConfigurationError`.

	max_response_bytes: at least so much of an answer is read.
	"""
	client = HttpClient(
		site_policy(),
		connect_timeout=account.connect_timeout,
		read_timeout=account.read_timeout,
		deadline=account.deadline,
		max_response_bytes=max(account.max_response_bytes, max_response_bytes),
		ca_file=frappe.conf.get("erp_connect_ca_file") or "",
	)
	return Connection(account, client, authentication.of_account(doc, client))


def site_policy() -> Policy:
	"""Which addresses this site may call. Only the site config can widen it, never a form.

	`erp_connect_allowed_networks`: list of private networks such as `10.1.0.0/16`;
	`erp_connect_allow_http`: whether public hosts may be called without TLS.
	"""
	return Policy.of(
		frappe.conf.get("erp_connect_allowed_networks") or (),
		allow_http=bool(frappe.conf.get("erp_connect_allow_http")),
	)
