"""Records outside that are several documents here: a Lead and a Contact of one e-mail address, say, which are one person there.

Each has a link of its own, as another kind of record. Where one of them is deleted, the record is still that of the other.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config import flow as flows
from erp_connect.config.flow import OUTGOING, Flow, RequestRule
from erp_connect.config.request_rules import DELETE
from erp_connect.core.errors import ConnectError
from erp_connect.outbound.request import Verdict
from erp_connect.store import sync_link
from erp_connect.store.sync_link import Link

OUTCOME = "shared_record"
STAYS = "Its record outside is that of {0} as well, so it was not deleted there."


def stays(event: Any, flow: Flow, rule: RequestRule, link: Link | None) -> Verdict | None:
	"""What becomes of a deletion whose record is that of another document, too; None for all others."""
	if rule.operation != DELETE or "external_id" not in rule.path or link is None or not link.external_id:
		return None
	for entity in same_place(flow, rule):
		other = sync_link.find_external(flow.account, entity, link.external_id)
		if other and not other.gone_at and frappe.db.exists(other.document_type, other.document_name):
			told = f"{frappe._(other.document_type)} {other.document_name}"
			return Verdict(event, "Skipped", OUTCOME, frappe._(STAYS).format(told), ended=link)
	return None


def same_place(flow: Flow, rule: RequestRule) -> list[str]:
	"""The kinds of records that other flows of the account change at the address of a request."""
	rows = frappe.get_all(
		"Field Mapping",
		filters={
			"integration": flow.account,
			"remote_entity": ("!=", flow.remote_entity),
			"direction": ("in", OUTGOING),
			"enabled": 1,
		},
		fields=["name", "remote_entity"],
	)
	place = _place(rule)
	return list(
		dict.fromkeys(row.remote_entity for row in rows if place in {_place(one) for one in _rules(row.name)})
	)


def _rules(name: str) -> tuple[RequestRule, ...]:
	try:
		return flows.load(name).rules
	except ConnectError:
		return ()  # cannot be used, which is told where it is to be


def _place(rule: RequestRule) -> str:
	return rule.path.partition("?")[0].rstrip("/")
