"""Documents here that should be outside and are not linked with anything there. Writes nothing.

Walked as the account's user: what that user may not see is never sent, so it is not missing outside.
"""

from __future__ import annotations

import frappe

from erp_connect.config.flow import CREATE, SEND, Flow
from erp_connect.config.request_rules import event_as_is
from erp_connect.core.errors import ConnectError
from erp_connect.reconcile import timestamps, told
from erp_connect.reconcile.sides import Sides
from erp_connect.records import document
from erp_connect.records.document import Unreadable
from erp_connect.records.out_of_use import CANCELLED
from erp_connect.store import sync_difference, sync_link
from erp_connect.store.sync_difference import MISSING_THERE, Finding


def next_names(sides: Sides, after: str | None, limit: int) -> list[str]:
	"""Names of the next documents of the flow's type, in their order."""
	found = frappe.get_list(
		sides.doctype,
		filters=[[sides.doctype, "name", ">", after or ""]],
		fields=["name"],
		order_by="name asc",
		limit=limit,
		ignore_ifnull=True,
	)
	return [str(row.name) for row in found]


def look(sides: Sides, run: str, names: list[str]) -> list[Finding]:
	"""Those of the documents that the flow would create outside, but that are not there."""
	linked = sync_link.find_many(sides.account.name, sides.inward.remote_entity, sides.doctype, names)
	left = [name for name in names if name not in linked]
	known = sync_difference.matched(run, left)
	left = [name for name in left if name not in known]
	docs = document.load_many(sides.doctype, left) if left else {}
	found = (_missing(sides, doc) for doc in docs.values())
	return [finding for finding in found if finding]


def wanted_outside(sides: Sides, doc, external_id: str | None) -> tuple[bool, str]:
	"""Whether a document is in the scope of the flow, and what hinders it from being sent.

	What the account's user may not read is in no scope.
	"""
	flow = sides.outward
	rule = flow.rule(event_for(flow, doc.docstatus), linked=external_id is not None)
	if doc.docstatus == CANCELLED or rule is None:
		return False, ""
	if external_id is None and rule.operation not in (CREATE, SEND):
		return False, ""
	try:
		# The right to read is looked at last: it costs most, and the condition leaves few.
		context = document.Context("update", external_id)
		source = document.complete(doc.as_dict(), flow, sides.account, context)
		wanted = not flow.condition or flow.condition.is_true(source)
	except Unreadable:
		return False, ""
	except ConnectError as error:
		return True, told.of(error)
	return wanted and doc.has_permission("read"), ""


def event_for(flow: Flow, docstatus: int) -> str:
	"""The event by which a document is sent as it is now; see `event_as_is` for one that is not."""
	return event_as_is({rule.event for rule in flow.rules}, docstatus)


def _missing(sides: Sides, doc) -> Finding | None:
	wanted, message = wanted_outside(sides, doc, None)
	if not wanted:
		return None
	return Finding(
		MISSING_THERE,
		f"document:{doc.name}",
		sides.doctype,
		document_name=str(doc.name),
		message=message,
		latest=timestamps.latest(doc.creation, doc.modified),
	)
