"""The two sides of a flow that are compared: how its records are fetched, read and written."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import flt

from erp_connect.config import account as accounts
from erp_connect.config import flow as flows
from erp_connect.config import inflow, pulling
from erp_connect.config.account import Account
from erp_connect.config.disabling import switch_of
from erp_connect.config.flow import CREATE, SEND, Flow
from erp_connect.config.inflow import DOCUMENT, INCOMING, MONEY, REFUND, InFlow
from erp_connect.config.pulling import Pulling
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging.parents import has_documents
from erp_connect.core.values.paths import parse_path
from erp_connect.records.removal import DISABLE, REPORT

PAYMENT_ENTRY = "Payment Entry"
# What a refund may be booked by.
OF_REFUNDS = (PAYMENT_ENTRY, "Sales Invoice", "Delivery Note")


@dataclass(frozen=True)
class Sides:
	"""outward: None for a flow that only receives. quiet: (field,) or (table, column) that is not compared.

	on_gone: what becomes of a document whose record is gone outside. gone_limit: percent of the linked records.
	"""

	account: Account
	pull: Pulling
	inward: InFlow
	outward: Flow | None
	on_gone: str
	gone_limit: float
	quiet: frozenset[tuple[str, ...]]

	@property
	def flow(self) -> str:
		return self.inward.name

	@property
	def is_money(self) -> bool:
		"""Whether records are compared with what is booked of them, rather than with a document field by field."""
		return self.inward.purpose in MONEY

	@property
	def doctype(self) -> str:
		return PAYMENT_ENTRY if self.is_money else self.inward.document_type

	@property
	def doctypes(self) -> tuple[str, ...]:
		"""All document types that records are linked with."""
		return OF_REFUNDS if self.inward.purpose == REFUND else (self.doctype,)

	@property
	def same_records(self) -> dict[str, str]:
		"""Filters for the flows about the same records and document type, this one among them."""
		return {
			"integration": self.account.name,
			"remote_entity": self.inward.remote_entity,
			"document_type": self.doctype,
		}

	@property
	def disables(self) -> bool:
		"""Whether documents whose record is gone are disabled here."""
		return self.on_gone == DISABLE and switch_of(self.doctype) is not None

	@property
	def creates_outside(self) -> bool:
		"""Whether every document of the flow is meant to be outside."""
		return self.outward is not None and any(
			rule.operation in (CREATE, SEND) for rule in self.outward.rules
		)


def load(flow: str) -> Sides:
	"""The sides of a flow. Raises a `ConnectError` when they cannot be compared, or the flow cannot be used."""
	doc = frappe.get_doc("Field Mapping", flow)
	require_comparable(doc)
	return Sides(
		account=accounts.load(doc.integration),
		pull=pulling.load(flow),
		inward=inflow.load(flow),
		outward=flows.load(flow) if doc.direction == "Both" else None,
		on_gone=REPORT if doc.purpose in MONEY else doc.on_remote_delete or REPORT,
		gone_limit=flt(doc.delete_limit),
		quiet=frozenset(
			_place(row.source)
			for row in doc.rows
			# What only goes out may be any expression, and is compared by what was sent.
			if row.not_compared and (row.direction or "Both") in INCOMING
		),
	)


def require_comparable(doc) -> None:
	"""Raise `ConfigurationError` unless a Field Mapping has two sides that can be compared."""
	if doc.direction not in INCOMING or not (doc.pull_path or "").strip():
		raise ConfigurationError(
			"Flow {flow} cannot be compared, as it does not fetch records. Choose the direction Incoming or Both, and "
			"enter a path on its tab Pull.",
			code="not_comparable",
			flow=doc.name,
		)
	if has_documents(doc.as_dict()):
		raise ConfigurationError(
			"Flow {flow} cannot be compared: it asks only for the records of certain documents, and nothing tells what else "
			"there is outside.",
			code="not_comparable",
			flow=doc.name,
		)
	if (doc.purpose or DOCUMENT) not in (DOCUMENT, *MONEY) or frappe.get_meta(doc.document_type).issingle:
		raise ConfigurationError(
			"Flow {flow} cannot be compared: only payments, refunds, entries of a clearing account, and records that are documents one "
			"by one can.",
			code="not_comparable",
			flow=doc.name,
		)
	if not (doc.inbound_id_expression or "").strip():
		raise ConfigurationError(
			"Flow {flow} cannot be compared, as it does not know the ids of its records. Enter External id in the "
			"record, on its tab Incoming.",
			code="not_comparable",
			flow=doc.name,
		)


def _place(path: str | None) -> tuple[str, ...]:
	return tuple(part for part in parse_path((path or "").strip() or "-") if isinstance(part, str))[:2]
