"""What becomes of a document whose record is gone outside: reported, disabled or deleted, as its flow says.

Only after all records of the source were walked, only where nothing is under way, and never for more documents at
once than the flow allows: most often it is the source that answered wrongly. Done as the account's user, with ordinary
permissions; what is done is written into Sync Log.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.inflow import INCOMING
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.core.errors import capped
from erp_connect.reconcile import in_flight, timestamps, unmatched_links
from erp_connect.reconcile.confirmation import Fetched
from erp_connect.reconcile.sides import Sides
from erp_connect.records import exempt, failures, out_of_use, write
from erp_connect.records import gone as gone_records
from erp_connect.records.removal import DELETE
from erp_connect.store import sync_difference, sync_link, walk_events
from erp_connect.store.reconciliations import Run
from erp_connect.store.sync_difference import FAILED, OPEN, REPAIRED, REPAIRING

EVENT, ORPHAN_EVENT = "gone_outside", "orphan_link"
# So many may be gone whatever share of all they are.
ALWAYS = 3
SAVEPOINT = "erp_connect_gone"
LINK_FIELDS = ["name", "document_name", "external_id", "seen_at", "last_sent", "last_received"]


def arrange(sides: Sides, run: Run) -> str:
	"""Mark what is to be done after a walk; why nothing is, where that needs a person. Does not commit."""
	names = sync_difference.gone_outside(run.name, OPEN) if acts(sides) else []
	if not names:
		return ""
	if reason := _too_much(sides, run, len(names)):
		return reason
	sync_difference.set_status(names, REPAIRING)
	return ""


def acts(sides: Sides) -> bool:
	"""Whether the flow does anything with documents whose record is gone."""
	return sides.disables or sides.on_gone == DELETE


def apply(sides: Sides, row: Any, fetched: Fetched | None = None) -> None:
	"""Do with the document of a finding what the flow says. Does not commit; raises nothing that one document causes.

	fetched: what asking for the record once more gave.
	"""
	frappe.db.savepoint(SAVEPOINT)
	try:
		_require_gone(fetched)
		text = _apply(sides, row)
		outcome, error = text, ""
	except frappe.QueryDeadlockError:
		raise  # the database has undone the whole transaction
	except Exception as failure:
		frappe.db.rollback(save_point=SAVEPOINT)
		outcome, error = "error", capped(failures.detail(failure, frappe._("repair again")))
	frappe.clear_messages()
	log = write_log(sides.account.name, sides.flow, row, EVENT, outcome, error)
	sync_difference.set_values(
		row.name, status=FAILED if error else REPAIRED, repair_log=log, message=error or row.message
	)


def write_log(account: str, flow: str, row: Any, event: str, outcome: str, error: str = "") -> str:
	"""A row of Sync Log about something that was done here without a message from outside. Returns its name."""
	return walk_events.report(
		{
			"integration": account,
			"company": frappe.get_cached_value("Integration Settings", account, "company"),
			"field_mapping": flow,
			"event": event,
			"outcome": outcome,
			"reference_doctype": row.document_type,
			"reference_name": row.document_name,
			"external_id": row.external_id,
			"last_attempt": frappe.utils.now_datetime(),
		},
		error,
	)


def _require_gone(fetched: Fetched | None) -> None:
	if fetched and fetched.found:
		frappe.throw(frappe._("The record is outside again. Compare again."))
	if fetched and fetched.problem:
		frappe.throw(frappe._("Could not be confirmed: {0}").format(fetched.problem))


def _apply(sides: Sides, row: Any) -> str:
	"""What was done, as a word. Raises Frappe's own errors."""
	require_writable(sides.doctype)
	if reason := exempt.unwritten(sides.inward, row.document_name):
		frappe.throw(reason)
	link = frappe.db.get_value("Sync Link", row.link, LINK_FIELDS, as_dict=True)
	if not link or link.external_id != row.external_id:
		return "linked_anew"
	edited = frappe.db.get_value(sides.doctype, link.document_name, "modified", for_update=True)
	met = timestamps.latest(edited, link.seen_at, link.last_sent, link.last_received)
	if _under_way(sides, row) or (met and met > timestamps.latest(row.creation)):
		frappe.throw(frappe._("It was changed or exchanged since, or an event is under way. Compare again."))
	name = link.document_name
	with write.coming_from(sides.account.name):
		if sides.on_gone == DELETE:
			if frappe.db.exists(sides.doctype, name):
				frappe.delete_doc(sides.doctype, name)
			gone_records.let_go(sides.inward, link.name, row.external_id)
			return "deleted"
		disabled = out_of_use.put_out(frappe.get_doc(sides.doctype, name, for_update=True))
		gone_records.mark(sync_link.by_name(link.name), arrived=None, disabled=disabled)
	return "disabled"


def _under_way(sides: Sides, row: Any) -> bool:
	finding = sync_difference.Finding(
		row.kind, row.name, row.document_type, document_name=row.document_name, external_id=row.external_id
	)
	return in_flight.of(sides, [finding]).under_way(sides, finding)


def _too_much(sides: Sides, run: Run, gone: int) -> str:
	"""Why nothing may be done although `gone` records are not there any more; empty when it may."""
	if not run.checked_there:
		return frappe._(
			"The source holds no records at all, so none of the {0} that are gone was touched here."
		).format(gone)
	if run.total and run.checked_there < run.total:
		return frappe._(
			"The source says that there are {0} records, but {1} came, so none of the {2} that seem to be gone was touched."
		).format(run.total, run.checked_there, gone)
	if timestamps.latest(frappe.db.get_value("Field Mapping", sides.flow, "modified")) > timestamps.latest(
		run.started
	):
		return frappe._(
			"The flow was changed while it was compared, so none of the {0} that seem to be gone was touched. Compare again."
		).format(gone)
	if other := _fetches_the_same(sides):
		return frappe._(
			"Flow {0} fetches records of the same kind, so the {1} that this one does not meet may be there all the "
			"same: none was touched. Enter Address of a single record on the tab Pull, or repair those that are gone."
		).format(other, gone)
	linked = unmatched_links.number_linked(sides, run)
	if gone > ALWAYS and gone * 100 > sides.gone_limit * linked:
		return frappe._(
			"{0} of {1} linked records are gone outside, more than the flow allows ({2} %), so none was touched. If that "
			"is right, repair them, or raise At most at once in the flow and compare again."
		).format(gone, linked, f"{sides.gone_limit:g}")
	return ""


def _fetches_the_same(sides: Sides) -> str | None:
	"""Another flow whose records have links of the same kind; None where each record is asked for by its id."""
	if sides.inward.fetch_path:
		return None
	fetching = {"direction": ("in", INCOMING), "pull_path": ("is", "set"), "enabled": 1}
	return frappe.db.get_value(
		"Field Mapping", {**sides.same_records, **fetching, "name": ("!=", sides.flow)}, "name"
	)
