"""Which records and documents have events under way, and which have one that failed or waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe

from erp_connect.core.delivery.states import FAILED, ON_HOLD
from erp_connect.reconcile.sides import Sides
from erp_connect.records import intake
from erp_connect.store import inbox
from erp_connect.store.keys import order_key
from erp_connect.store.sync_difference import Finding

STUCK = (FAILED, ON_HOLD)


@dataclass
class Waiting:
	"""keys: order keys, and documents: names, of what is under way. stuck: order key → words about the event."""

	keys: set[str] = field(default_factory=set)
	documents: set[str] = field(default_factory=set)
	stuck: dict[str, str] = field(default_factory=dict)

	def under_way(self, sides: Sides, finding: Finding) -> bool:
		return bool(keys_of(sides, finding) & self.keys or finding.document_name in self.documents)

	def about(self, sides: Sides, finding: Finding) -> str:
		"""Why it is as it is: the event that could not be carried out; empty when there is none."""
		return next((self.stuck[key] for key in keys_of(sides, finding) if key in self.stuck), "")


def keys_of(sides: Sides, finding: Finding) -> set[str]:
	"""Order keys of the events of both sides that a finding may be about."""
	keys = set()
	if finding.document_name:
		keys.add(order_key(sides.flow, finding.document_type, finding.document_name))
	if finding.external_id:
		keys.add(intake.key_of(sides.inward, finding.external_id))
	return keys


def of(sides: Sides, findings: Iterable[Finding]) -> Waiting:
	"""What is known of the events of some findings, by what is committed now."""
	findings = list(findings)
	waiting = Waiting()
	keys = {key for finding in findings for key in keys_of(sides, finding)}
	if keys:
		_by_key(waiting, keys)
	names = {finding.document_name for finding in findings if finding.document_name}
	if names:
		_by_document(waiting, sides, names)
	return waiting


def _by_key(waiting: Waiting, keys: set[str]) -> None:
	rows = frappe.db.sql(
		"SELECT order_key, name, seq, due_at, status, error FROM `tabSync Log` WHERE order_key IN %s"
		" AND (due_at IS NOT NULL OR status IN %s) ORDER BY seq",
		(tuple(keys), STUCK),
		as_dict=True,
	)
	newest = inbox.newest(list({row.order_key for row in rows}))
	for row in rows:
		if row.due_at is not None:
			waiting.keys.add(row.order_key)
		elif row.seq == newest[row.order_key]:
			waiting.stuck[row.order_key] = frappe._("Event {0}: {1}").format(
				row.name, row.error or row.status
			)


def _by_document(waiting: Waiting, sides: Sides, names: set[str]) -> None:
	"""Events of other flows about the same records, or without an order of their own, such as a webhook."""
	flows = frappe.get_all("Field Mapping", filters=sides.same_records, pluck="name")
	waiting.documents |= set(
		frappe.db.sql_list(
			"SELECT DISTINCT reference_name FROM `tabSync Log` WHERE reference_doctype = %s AND reference_name IN %s"
			" AND integration = %s AND due_at IS NOT NULL AND COALESCE(field_mapping, '') IN %s",
			(sides.doctype, tuple(names), sides.account.name, ("", *flows)),
		)
	)
