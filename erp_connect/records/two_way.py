"""Writing a record of a flow that goes both ways: which side's change stands, and what both sides have afterwards.

When only one side changed, its change stands. When both did, the flow's policy decides (`core.merge`); with *Hold for
review* nothing is written, and both versions are kept for a person. Never commits.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.core.mapping.merge import HERE, THERE, Base, FieldConflict, Rules, merge
from erp_connect.core.payload.serialise import normalise
from erp_connect.core.values import cursor
from erp_connect.records import (
	as_in_desk,
	binder,
	cancelled,
	comparing,
	fetched_fields,
	filled_here,
	missed,
	names,
	origin,
	requeue,
	submitted,
	table_merge,
)
from erp_connect.records.errors import HeldForReview
from erp_connect.records.filled_here import NOTHING, Besides
from erp_connect.records.missed import Missed
from erp_connect.store import synced
from erp_connect.store.sync_link import Link

Decision = str | Mapping[str, str] | None
# The outside had seen the document as it stands: there is nothing it could have missed.
SEEN = "seen"


class Conflict(HeldForReview):
	"""Both sides changed, and a person has to decide.

	flow, doctype, name: the document and the flow it came by. versions: JSON of both, for the form of the event.
	"""

	default_code = "both_changed"

	def __init__(self, flow: str, doctype: str, name: str, conflicts: list[FieldConflict]) -> None:
		super().__init__(
			"{doctype} {name} was changed here and outside since the last exchange ({fields}). Nothing was written: "
			"choose which version stands.",
			doctype=doctype,
			name=name,
			fields=Whole(", ".join(conflict.field for conflict in conflicts)),
		)
		self.flow = flow
		self.doctype = doctype
		self.name = name
		self.versions = json.dumps([_told(doctype, conflict) for conflict in conflicts], ensure_ascii=False)


class NotTaken(Conflict):
	"""ERPNext put back what came in. Remembered as equal, it would be lost, or sent over what the outside has."""

	def __init__(self, flow: str, doctype: str, name: str, found: list[Missed]) -> None:
		super().__init__(
			flow, doctype, name, [FieldConflict(one.top, one.stands, one.stands, one.wanted) for one in found]
		)
		self.template = (
			"{doctype} {name} would not say what came in: {reasons} Nothing was written. Correct that and take the "
			"outside's version, or keep ERPNext's."
		)
		self.params["reasons"] = missed.told(found)


@dataclass(frozen=True)
class Brought:
	"""What became of a document. here: the values that it had before, in the fields of the record.

	kept: fields that were changed here and stand, which the outside does not have yet, also by what ERPNext does at each
	save. overruled: fields that the outside changed, and yet stand as they are here. told: it is about to hear of
	what stands.
	"""

	saved: bool
	here: Mapping[str, Any]
	kept: frozenset[str] = frozenset()
	overruled: frozenset[str] = frozenset()
	told: bool = False
	# Tables of which rows stand that the outside does not have yet, with the rows that it has.
	lacking: Mapping[str, Any] = field(default_factory=dict)


def write(
	flow: InFlow, doc, record: dict[str, Any], link: Link | None, version: str | None, decision: Decision
) -> tuple[dict[str, Any], Brought]:
	"""Bring a document and what came in together: what it was to have, with the rows of tables that stay, and what became of it.

	record: values of the record. decision: of a person; `SEEN` where the outside knew the document as it stands, so that
	its word is the last. Raises `Conflict`, `NotTaken` where it cannot be written, and `HeldForReview` of `tables.whole`.
	"""
	base = synced.base_of(link.synced_values) if link else None
	joined = (
		table_merge.join(flow, record, doc, base)
		if decision is None
		else table_merge.decided(flow, record, doc)
	)
	return joined.values, _write(flow, doc, joined, base, link, version, decision)


def _write(
	flow: InFlow,
	doc,
	joined: table_merge.Joined,
	base: Base | None,
	link: Link | None,
	version: str | None,
	decision: Decision,
) -> Brought:
	values = joined.values
	there = normalise(values)
	sets = comparing.sets_of(flow)
	here = comparing.of_document(doc, there, there, sets)
	if decision == SEEN:
		less = synced.lessened_of(link.synced_values) if link else frozenset()
		less &= comparing.as_before(doc, values, base, sets)
		said = {name: value for name, value in values.items() if name not in less}
		known = comparing.equal(doc, said, sets=sets)
		saved, aside = _take(flow, doc, link, {} if known else said, here)
		if aside.any:
			_tell_outside(flow, doc, link)
		return Brought(saved, here, aside.fields, told=aside.any)
	rules = Rules(flow.policy, _newer(flow, doc, version), flow.winners, decision)
	simple = {name: value for name, value in there.items() if name not in joined.lacking}
	result = merge(base, here, simple, rules, comparing.same)
	if result.held:
		raise Conflict(flow.name, doc.doctype, doc.name, result.conflicts)
	rows = {name for name in joined.lacking if not comparing.same(here.get(name), there[name])}
	saved, aside = _take(flow, doc, link, {name: values[name] for name in {*result.take, *rows}}, here)
	tell = result.tell or aside.any or bool(rows)
	if tell:
		_tell_outside(flow, doc, link)
	kept = frozenset(result.kept) | aside.fields | frozenset(joined.lacking)
	return Brought(saved, here, kept, frozenset(result.overruled), tell, joined.lacking)


def prefers_outside(decision: Decision) -> bool:
	"""Whether a person wants what came from outside to stand, at least in part."""
	return decision == THERE or (isinstance(decision, Mapping) and THERE in decision.values())


def was_seen(flow: InFlow, doc, record: Mapping[str, Any]) -> bool:
	"""Whether the record was made by one who had seen the document as it stands."""
	found = flow.seen.search(record) if flow.seen else None
	return isinstance(found, str) and found == str(doc.modified)


def _take(
	flow: InFlow, doc, link: Link | None, values: dict[str, Any], before: Mapping[str, Any]
) -> tuple[bool, Besides]:
	if not values:
		return False, NOTHING
	cancelled.refuse(flow, doc)
	told = filled_here.of(flow, doc, link)
	binder.fill(doc, values, flow.row_keys)
	names.require_linked(doc, values)
	as_in_desk.fill_changed(flow, doc, values, before)
	fetched_fields.write_sources(doc, values)
	with origin.about(doc.doctype, doc.name):
		submitted.save(doc, values, ())
	filled_here.read_anew(doc)
	if found := missed.find(doc, before, values, comparing.sets_of(flow)):
		raise NotTaken(flow.name, doc.doctype, doc.name, found)
	requeue.build_anew(flow.name, doc)
	return True, filled_here.changed(flow, doc, link, told, values)


def remembered(
	flow: InFlow, doc, values: Mapping[str, Any], external_id: str, link: Link | None, brought: Brought | None
) -> tuple[str, str | None]:
	"""What the link keeps of a document that was just written: synced values, and the fingerprint of its state.

	brought: None of a document that the record made. A record may hold some of the fields only; of the others, and of
	what was changed here and not sent yet, what was remembered before goes on to hold.
	The fingerprint makes events that wait superfluous where the outside has all they would say.
	"""
	there = normalise(dict(values))
	here = comparing.of_document(doc, there, there, comparing.sets_of(flow))
	now = comparing.of_flow(flow, doc)
	state, own = requeue.fingerprints(flow.name, doc, external_id)
	if brought is None:
		# What ERPNext filled in is nobody's change.
		return synced.as_text({**now, **here}, {**now, **there}, own), state
	text = link.synced_values if link else None
	before = synced.base_of(text) or Base(here={}, there={})
	kept = {name: value for name, value in here.items() if name not in brought.kept}
	# Of a table, both sides are equal in the rows that the outside has.
	kept, there = {**kept, **brought.lacking}, {**there, **brought.lacking}
	known = own == synced.own_of(text) and _known_outside(now, there, before, brought)
	overruled = synced.overruled_of(text) | brought.overruled
	lessened = {
		name
		for name in synced.lessened_of(text)
		if name not in there or comparing.same(before.there.get(name), there[name])
	}
	text = synced.as_text(
		{**before.here, **kept}, {**before.there, **there}, synced.own_of(text), overruled, lessened
	)
	return text, state if known else None


def _known_outside(now: Mapping[str, Any], there: Mapping[str, Any], before: Base, brought: Brought) -> bool:
	"""Whether nothing that may come in again is news to the outside, as each side writes it."""
	if brought.kept or brought.told:
		return False
	for name, value in now.items():
		known = (there[name], brought.here.get(name)) if name in there else (before.here.get(name),)
		if not any(comparing.same(value, one) for one in known):
			return False
	return True


def _tell_outside(flow: InFlow, doc, link: Link | None) -> None:
	if link:
		synced.forget_sent(link.name, flow.name)
	requeue.queue_update(flow.name, doc)


def _newer(flow: InFlow, doc, version: str | None) -> str:
	"""The side that changed last, by the version of the record if that is a time; otherwise what came last."""
	zone = frappe.get_cached_value("Integration Settings", flow.account, "time_zone")
	system = frappe.utils.get_system_timezone()
	outside = cursor.as_moment(version, zone or system)
	here = cursor.as_moment(str(doc.modified), system)
	if outside is None or here is None:
		return THERE
	return THERE if _precise(outside) >= _precise(here) else HERE


def _precise(moment: dt.datetime) -> dt.datetime:
	return moment.astimezone(dt.timezone.utc)


def _told(doctype: str, conflict: FieldConflict) -> dict[str, Any]:
	field = frappe.get_meta(doctype).get_field(conflict.field)
	return {
		"field": conflict.field,
		"label": field.label if field else conflict.field,
		"base": conflict.base,
		"here": conflict.here,
		"there": conflict.there,
	}
