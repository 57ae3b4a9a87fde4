"""Repairs what a comparison found, each finding once: the engines are told, and their event says what came of it.

A repair never writes a record itself. It queues an event inwards or outwards, or lets the comparison's worker do what
the flow says about records that are gone; only links that link nothing are removed here. Never commits.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.config.inflow import CLEARING
from erp_connect.core.delivery.states import IN, OUT
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.mapping.merge import HERE, THERE
from erp_connect.jobs.wakeup import COMPARISON
from erp_connect.reconcile import gone, policy, repair_events, staleness, told
from erp_connect.reconcile import sides as both
from erp_connect.reconcile.outside import ID
from erp_connect.reconcile.sides import Sides
from erp_connect.records import exempt, identity
from erp_connect.store import exemptions, reconciliations, sync_difference, sync_link, synced
from erp_connect.store.sync_difference import (
	DIFFERENT,
	FAILED,
	IGNORED,
	MISSING_HERE,
	MISSING_THERE,
	OPEN,
	ORPHAN,
	REPAIRED,
	REPAIRING,
	SUPERSEDED,
)

POLICY = "policy"
REPAIRABLE = (OPEN, FAILED, IGNORED)
SAVEPOINT = "erp_connect_repair"


class Refused(ConnectError):
	"""The finding cannot be repaired in this way."""

	default_code = "refused"


def repair(names: list[str], side: str) -> dict[str, Any]:
	"""Repair findings (names of Sync Difference). side: `here` or `there`, whose state stands; `policy`: as the flow says.

	Returns `begun` and `refused`: {name: reason}. What is under repair, or repaired, is left alone.
	"""
	begun, refused = 0, {}
	for name in names:
		frappe.db.savepoint(SAVEPOINT)
		try:
			begun += _repair(name, side)
		except ConnectError as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			refused[name] = told.of(error)
	return {"begun": begun, "refused": refused}


def ignore(names: list[str]) -> int:
	"""Take findings as they are. They stay ignored in later comparisons while nothing about them changes.

	Returns how many.
	"""
	rows = [row for name in names if (row := sync_difference.lock(name)) and row.status in (OPEN, FAILED)]
	sync_difference.set_status([row.name for row in rows], IGNORED)
	for run in {row.reconciliation for row in rows}:
		reconciliations.refresh_counts(run)
	return len(rows)


def _repair(name: str, side: str) -> bool:
	row = sync_difference.lock(name)
	if row and row.status == SUPERSEDED:
		raise Refused(
			"A later comparison of flow {flow} found anew what still differs. Repair what that one found.",
			flow=row.field_mapping,
		)
	if row is None or row.status not in REPAIRABLE:
		return False
	try:
		sides = both.load(row.field_mapping)
	except frappe.DoesNotExistError as error:  # the other findings are repaired all the same
		raise Refused(
			"Flow {flow} cannot be used: {reason}", flow=row.field_mapping, reason=Whole(str(error))
		) from error
	if not sides.inward.enabled:
		raise Refused("Flow {flow} is switched off. Tick Enabled in it, then repair again.", flow=sides.flow)
	if sides.inward.purpose == CLEARING:
		raise Refused(
			"Flow {flow} compares entries of a clearing account, and writes nothing. Let what is missing come in by its own flow "
			"(payments, refunds, disputes, payouts), or book it by hand; then compare again.",
			flow=sides.flow,
		)
	values = _REPAIRS[row.kind](sides, row, side)
	sync_difference.set_values(row.name, **values)
	if row.status == IGNORED:
		reconciliations.refresh_counts(row.reconciliation)
	return True


def _missing_here(sides: Sides, row: Any, side: str) -> dict[str, Any]:
	if side == HERE:
		raise Refused(
			"What is missing here can only be fetched. Choose the outside, or delete the record there."
		)
	_require_not_exempt(sides, row, IN)
	_require_standing(sides, row)
	if row.link:
		_remove_dead_link(sides, row)
	return _begun(repair_events.inwards(sides, row, decision=None))


def _require_not_exempt(sides: Sides, row: Any, direction: str) -> None:
	"""Raise `Refused` where a person took the document out of what would repair it."""
	name = row.document_name
	found = exemptions.stopping(
		direction, sides.account.name, sides.doctype, [name] if name else [], sides.flow
	)
	if name in found:
		raise Refused("{reason}", reason=Whole(exempt.told(found[name])))


def _require_standing(sides: Sides, row: Any) -> None:
	if staleness.exchanged_since(sides, row):
		raise _outdated(row)


def _outdated(row: Any) -> Refused:
	return Refused(
		"{name} was changed or exchanged after it was compared, so this difference may not be true any more. "
		"Compare again.",
		name=row.document_name or row.external_id,
	)


def _missing_there(sides: Sides, row: Any, side: str) -> dict[str, Any]:
	if row.link:
		_require_standing(sides, row)
	_require_not_exempt(sides, row, IN if row.link and _as_gone(sides, side) else OUT)
	if row.link and _as_gone(sides, side):
		if not gone.acts(sides):
			raise Refused(
				"Flow {flow} only reports what is gone outside. Choose Disable or Delete on its tab Compare, or let "
				"ERPNext stand.",
				flow=sides.flow,
			)
		if not reconciliations.reopen_for_gone(row.reconciliation):
			raise Refused("The comparison goes on. Repair this when it is through.")
		COMPARISON.after_commit(row.reconciliation)
		return _begun(None)
	if sides.outward is None or side == THERE:
		raise Refused("This document never was outside, so nothing there can stand. Let ERPNext stand.")
	if row.link:
		_remove_stale_link(row)
	return _begun(repair_events.outwards(sides, row.document_name, linked=False))


def _as_gone(sides: Sides, side: str) -> bool:
	"""Whether the flow's rule for records that are gone is meant, rather than sending the document again."""
	return sides.outward is None or side == THERE or (side == POLICY and gone.acts(sides))


def _different(sides: Sides, row: Any, side: str) -> dict[str, Any]:
	decision = _decision(sides, row, side)
	_require_not_exempt(sides, row, OUT if decision == HERE else IN)
	_require_standing(sides, row)
	if staleness.changed_here(sides, row, decision):
		raise _outdated(row)
	known = _id_in_link(row)
	if row.link and frappe.db.get_value("Sync Link", row.link, "external_id") != known:
		raise Refused("{name} was linked anew meanwhile. Compare again.", name=row.document_name)
	if decision == HERE and row.link and known == row.external_id:
		seen = identity.version_of(sides.inward, json.loads(row.record or "{}"))
		if seen is None and sides.outward.read_first:
			# Otherwise what stands outside would be taken in before it is sent.
			synced.forget_values(row.link)
		return _begun(repair_events.outwards(sides, row.document_name, linked=True, seen=seen))
	if row.link:
		synced.forget_values(row.link)
	return _begun(repair_events.inwards(sides, row, decision=decision if sides.outward else None))


def _decision(sides: Sides, row: Any, side: str) -> policy.Decision:
	if side == POLICY and sides.outward and not row.fields_json:
		raise Refused("It is not known what differs. Compare again, or choose which side stands.")
	decision = policy.decide(sides, row) if side == POLICY else side
	if decision is None:
		raise Refused(
			"Both sides changed, and flow {flow} leaves that to a person. Choose which side stands.",
			flow=sides.flow,
		)
	if sides.outward is None and decision != THERE:
		raise Refused(
			"Flow {flow} only receives, so nothing can be sent. Choose the outside.", flow=sides.flow
		)
	return decision


def _id_in_link(row: Any) -> str | None:
	"""The external id that the link of a finding had: another one where the record was renamed outside."""
	named = [one["here"] for one in json.loads(row.fields_json or "[]") if one["field"] == ID]
	return named[0] if named else row.external_id


def _orphan(sides: Sides, row: Any, side: str) -> dict[str, Any]:
	_remove_dead_link(sides, row)
	log = gone.write_log(sides.account.name, sides.flow, row, gone.ORPHAN_EVENT, "link_removed")
	return {"status": REPAIRED, "repair_log": log, "message": ""}


def _remove_dead_link(sides: Sides, row: Any) -> None:
	link = frappe.db.get_value(
		"Sync Link", row.link, ["name", "document_type", "document_name"], as_dict=True
	)
	if not link:
		return
	if frappe.db.exists(link.document_type, link.document_name):
		raise Refused(
			"{doctype} {name} is here again. Compare again.",
			doctype=link.document_type,
			name=link.document_name,
		)
	sync_link.remove(link.name)


def _remove_stale_link(row: Any) -> None:
	external_id = frappe.db.get_value("Sync Link", row.link, "external_id")
	if external_id and external_id != row.external_id:
		raise Refused("{name} was linked anew meanwhile. Compare again.", name=row.document_name)
	sync_link.remove(row.link)


def _begun(log: str | None) -> dict[str, Any]:
	return {"status": REPAIRING, "repair_log": log, "message": ""}


_REPAIRS = {
	MISSING_HERE: _missing_here,
	MISSING_THERE: _missing_there,
	DIFFERENT: _different,
	ORPHAN: _orphan,
}
