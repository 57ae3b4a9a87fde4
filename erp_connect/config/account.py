"""One account at one outside system, as the engine needs it: settled values, no document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import frappe
from frappe.utils import flt

from erp_connect.config import inputs, secrets
from erp_connect.core.delivery.answer_rules import AnswerRule, rules_from
from erp_connect.core.delivery.breaker import BreakerPolicy
from erp_connect.core.delivery.retry import DEFAULT_SCHEDULE, RetryPolicy
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.values.durations import parse_durations
from erp_connect.core.values.inputs import filled_address

FORBIDDEN_USERS = ("Administrator", "Guest")
# Nobody with this role may be an account's user: it would give away every right there is.
SYSTEM_MANAGER = "System Manager"
# Where webhooks of an account come in: followed by its key.
ENDPOINT = "/api/method/erp_connect.api.webhook.receive/"


@dataclass(frozen=True)
class Account:
	"""Times in seconds, sizes in bytes. time_zone: of the outside's times that have no offset. inputs: by key. stock_buffer:
	pieces of each item that are kept back where this account shows its stock. webhook: the address of its webhooks."""

	name: str
	base_url: str
	user: str
	company: str | None
	payload_format: str
	xml_root: str
	idempotency_header: str
	success_expression: str
	error_expression: str
	retry_expression: str
	answer_rules: tuple[AnswerRule, ...]
	connect_timeout: int
	read_timeout: int
	deadline: int
	max_response_bytes: int
	max_payload_bytes: int
	rate_limit: float
	burst: int
	concurrency: int
	retry: RetryPolicy
	breaker: BreakerPolicy
	time_zone: str = ""
	inputs: Mapping[str, str] = field(default_factory=dict)
	stock_buffer: float = 0
	webhook: str = ""
	signing_secrets: tuple[Secret, ...] = ()
	# For redaction only: nothing may leave through a log.
	known_secrets: tuple[Secret, ...] = field(default=(), repr=False)


def load(name: str) -> Account:
	"""Read account `name` afresh. Raises `ConfigurationError` when it cannot be used as it is."""
	return from_document(frappe.get_doc("Integration Settings", name))


def from_document(doc) -> Account:
	"""The account that a saved or still unsaved Integration Settings describes."""
	if doc.user in FORBIDDEN_USERS or not doc.user:
		raise ConfigurationError(
			"Account {account} cannot act as {user}. Choose a user who has just the roles it needs.",
			code="bad_user",
			account=doc.name,
			user=doc.user or "-",
		)
	return Account(
		name=doc.name,
		base_url=base_url(doc),
		user=doc.user,
		company=doc.company,
		stock_buffer=flt(doc.stock_buffer),
		webhook=frappe.utils.get_url(ENDPOINT + doc.endpoint_key) if doc.endpoint_key else "",
		payload_format=doc.payload_format or "JSON",
		xml_root=doc.xml_root or "request",
		idempotency_header=doc.idempotency_header or "",
		success_expression=doc.success_expression or "",
		error_expression=doc.error_expression or "",
		retry_expression=doc.retry_expression or "",
		answer_rules=rules_from(row.as_dict() for row in doc.answer_rules),
		connect_timeout=doc.connect_timeout or 5,
		read_timeout=doc.read_timeout or 30,
		deadline=doc.deadline or 60,
		max_response_bytes=(doc.max_response_kb or 1024) * 1024,
		max_payload_bytes=(doc.max_payload_kb or 1024) * 1024,
		rate_limit=doc.rate_limit or 0,
		burst=doc.burst or 1,
		concurrency=doc.concurrency or 1,
		retry=_retry(doc),
		breaker=BreakerPolicy(threshold=doc.breaker_threshold or 0, cooldown=doc.breaker_cooldown or 60),
		time_zone=doc.time_zone or frappe.utils.get_system_timezone(),
		inputs=inputs.of_document(doc),
		signing_secrets=tuple(_signing_secrets(doc)),
		known_secrets=tuple(secrets.all_of(doc)),
	)


def base_url(doc) -> str:
	"""The address that the environment switch selects, with the account's inputs, without a slash at its end.

	Raises `ConfigurationError` for an input that is not set, or does not fit there.
	"""
	url = doc.sandbox_base_url if doc.environment == "Sandbox" else doc.base_url
	return filled_address((url or "").strip(), inputs.of_document(doc)).rstrip("/")


def _retry(doc) -> RetryPolicy:
	schedule = tuple(parse_durations(doc.retry_schedule)) if doc.retry_schedule else DEFAULT_SCHEDULE
	return RetryPolicy(schedule=schedule, max_retry_after=doc.max_retry_after or 3600)


def _signing_secrets(doc):
	if not doc.sign_requests:
		return
	if secret := secrets.read(doc, "signing_secret"):
		yield secret
	expires = doc.previous_secret_expires
	current = not expires or frappe.utils.get_datetime(expires) > frappe.utils.now_datetime()
	if current and (previous := secrets.read(doc, "previous_signing_secret")):
		yield previous
