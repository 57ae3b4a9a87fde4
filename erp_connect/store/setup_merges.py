"""Before accounts or flows are merged: what each has once goes with the one that is merged away. Never commits."""

from __future__ import annotations

import frappe

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.store import exemptions, samples, state, sync_cursor


def before_account_merge(old: str, new: str) -> None:
	"""Raise `ConfigurationError` where both know the same document or record: one account has one link for it."""
	both = frappe.db.sql(
		"SELECT one.document_type, one.document_name FROM `tabSync Link` one JOIN `tabSync Link` other"
		" ON other.integration = %s AND other.remote_entity = one.remote_entity"
		" AND (other.external_id = one.external_id"
		" OR (other.document_type = one.document_type AND other.document_name = one.document_name))"
		" WHERE one.integration = %s LIMIT 1",
		(new, old),
	)
	if both:
		doctype, name = both[0]
		raise ConfigurationError(
			"{old} and {new} are both linked with {doctype} {name}, or with the same record outside, so they cannot become "
			"one account. Keep {new}: let the flows of {old} lead to it (field Account), then delete {old}.",
			code="both_linked",
			old=Whole(old),
			new=Whole(new),
			doctype=doctype,
			name=Whole(name),
		)
	state.remove(old)
	exemptions.before_account_merge(old, new)


def before_flow_merge(old: str, new: str) -> None:
	"""Where the pull of each stands, and its sample, are its own: those of the flow that is left stay."""
	sync_cursor.remove(old)
	samples.remove(old)
	exemptions.before_flow_merge(old, new)
