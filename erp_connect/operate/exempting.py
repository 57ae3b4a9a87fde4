"""Documents that a person takes out of an exchange, or takes back. Never commits.

What happens meanwhile is recorded and skipped, with who decided it. Taken back, what was skipped is queued again, so
that both sides get what they missed, and the document is sent as it is then.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_connect.calls import switch
from erp_connect.config import flow as flows
from erp_connect.config.inflow import DOCUMENT, INCOMING
from erp_connect.core.delivery.states import IN, OUT, SKIPPED
from erp_connect.core.errors import ConnectError
from erp_connect.operate import replay
from erp_connect.reconcile.inside import event_for
from erp_connect.records import exempt, requeue
from erp_connect.store import exemptions
from erp_connect.store.exemptions import STOPS, Exemption

# What business events book, step by step: a step that is left out leaves the others without what they stand on.
BOOKED = ("Sales Order", "Sales Invoice", "Delivery Note", "Payment Entry")
OUTGOING = ("Outgoing", "Both")
# So many of a document's skipped events are queued again.
AGAIN = 500


def choices(account: str, doctype: str) -> dict[str, Any]:
	"""What can be decided of documents of a type: `rules`, and `flows` by name. No rules: the account has no flow of them."""
	found = _flows(account, doctype)
	stopped = {OUT} if any(flow.direction in OUTGOING for flow in found) else set()
	if any(flow.direction in INCOMING for flow in found):
		stopped.add(IN)
	if doctype in BOOKED and _books(account):
		stopped.discard(IN)
		rules = [exemptions.PIN_OUTSIDE] if stopped else []
	else:
		# Where there is one way only, a pin would say no more.
		rules = list(STOPS) if len(stopped) > 1 else [exemptions.SKIP] if stopped else []
	return {"rules": rules, "flows": [flow.name for flow in found]}


def put(account: str, doctype: str, names: list[str], *, rule: str, flow: str = "", reason: str = "") -> int:
	"""Exempt documents, as the session's user. Returns how many.

	flow: holds for this flow only. Raises `frappe.ValidationError` for what cannot be decided of them.
	"""
	_require_choice(account, doctype, rule, flow)
	if not names:
		return 0
	before = exemptions.put(account, doctype, names, rule=rule, flow=flow, reason=reason)
	for exemption in exemptions.of_documents(account, doctype, names, flow):
		_note(exemption, exempt.decided(exemption))
	for exemption in before:
		_go_on(exemption)
	return len(names)


def take_back(names: list[str]) -> int:
	"""End exemptions (names of Sync Exemption), and let their documents go on. Returns how many there were."""
	ended = exemptions.by_names(names)
	exemptions.remove([exemption.name for exemption in ended])
	for exemption in ended:
		_note(exemption, _("Takes part in the exchange with {0} again").format(exemption.integration))
		_go_on(exemption)
	return len(ended)


def _flows(account: str, doctype: str) -> list:
	found = frappe.get_all(
		"Field Mapping",
		filters={"integration": account, "document_type": doctype},
		fields=["name", "direction", "purpose", "enabled"],
		order_by="name",
	)
	return [flow for flow in found if (flow.purpose or DOCUMENT) == DOCUMENT]


def _books(account: str) -> bool:
	purposes = frappe.get_all(
		"Field Mapping", filters={"integration": account, "direction": ("in", INCOMING)}, pluck="purpose"
	)
	return any((purpose or DOCUMENT) != DOCUMENT for purpose in purposes)


def _require_choice(account: str, doctype: str, rule: str, flow: str) -> None:
	offered = choices(account, doctype)
	told = (escape_html(account), escape_html(_(doctype)))
	if rule not in STOPS:
		frappe.throw(_("{0} is not a rule. Use Skip, Pin Here or Pin Outside.").format(escape_html(rule)))
	if rule not in offered["rules"] and doctype in BOOKED and _books(account):
		frappe.throw(
			_(
				"{1} of account {0} comes in as orders and what follows them (payments, parcels, refunds), which cannot be "
				"skipped one by one. Where a flow sends it, choose Pin Outside, and it is not sent."
			).format(*told)
		)
	if not offered["rules"]:
		frappe.throw(_("No flow of account {0} sends or writes {1}.").format(*told))
	if rule not in offered["rules"]:
		frappe.throw(_("Account {0} does not exchange {1} in this direction. Choose Skip.").format(*told))
	if flow and flow not in offered["flows"]:
		frappe.throw(_("Flow {2} of account {0} is not for {1}.").format(*told, escape_html(flow)))


def _note(exemption: Exemption, text: str) -> None:
	"""Write what was decided into the timeline of the document, where there still is one."""
	if frappe.db.exists(exemption.document_type, exemption.document_name):
		doc = frappe.get_doc(exemption.document_type, exemption.document_name)
		doc.add_comment("Info", escape_html(text))


def _go_on(exemption: Exemption) -> None:
	"""Queue what was skipped for an exemption that holds no more, and the document as it is now."""
	filters = {
		"integration": exemption.integration,
		"reference_doctype": exemption.document_type,
		"reference_name": exemption.document_name,
		"status": SKIPPED,
		"outcome": exempt.OUTCOME,
		**({"field_mapping": exemption.flow} if exemption.flow else {}),
	}
	fields = ["name", "direction", "field_mapping", "topic", "external_id"]
	skipped = frappe.get_all("Sync Log", filters=filters, fields=fields, order_by="seq desc", limit=AGAIN)
	again = [row.name for row in skipped if row.direction == OUT]
	# Of what came in, the newest says all; of what goes out, the planner makes one of them.
	newest: dict[tuple, str] = {}
	for row in skipped:
		if row.direction == IN:
			newest.setdefault((row.field_mapping, row.topic, row.external_id), row.name)
	replay.retry([*again, *newest.values()])
	if OUT in STOPS[exemption.rule]:
		_send_now(exemption)


def _send_now(exemption: Exemption) -> None:
	doctype, name = exemption.document_type, exemption.document_name
	if not switch.takes_in(exemption.integration) or not frappe.db.exists(doctype, name):
		return
	doc = frappe.get_doc(doctype, name)
	if doc.docstatus.is_cancelled():
		return  # what was skipped of its end is queued again
	for flow in _flows(exemption.integration, doctype):
		if not flow.enabled or flow.direction not in OUTGOING or exemption.flow not in ("", flow.name):
			continue
		try:
			event = event_for(flows.load(flow.name), int(doc.docstatus))
		except ConnectError:
			event = "update"  # what is wrong with the flow is told when it is sent
		requeue.queue_update(flow.name, doc, event)
