"""Writing a record of a flow that goes both ways: which side's change stands, and what both sides have afterwards.

When only one side changed, its change stands. When both did, the flow's policy decides (`core.merge`); with *Hold for
review* nothing is written, and both versions are kept for a person. Never commits.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core import cursor
from erp_connect.core.merge import HERE, THERE, Base, FieldConflict, Merge, Rules, merge
from erp_connect.core.payload import normalise
from erp_connect.inbound import comparing
from erp_connect.inbound.held import HeldForReview
from erp_connect.outbound import tell
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
			fields=", ".join(conflict.field for conflict in conflicts),
		)
		self.flow = flow
		self.doctype = doctype
		self.name = name
		self.versions = json.dumps([_told(doctype, conflict) for conflict in conflicts], ensure_ascii=False)


def write(
	flow: InFlow, doc, values: dict[str, Any], link: Link | None, version: str | None, decision: Decision
) -> bool:
	"""Bring a document and what came in together. True when the document was saved. Raises `Conflict`.

	decision: of a person; `SEEN` where the outside knew the document as it stands, so that its word is the last.
	"""
	if decision == SEEN:
		return _take_all(doc, values)
	there = normalise(values)
	here = comparing.of_document(doc, there, there)
	base = synced.base_of(link.synced_values) if link else None
	rules = Rules(flow.policy, _newer(flow, doc, version), flow.winners, decision)
	result = merge(base, here, there, rules, comparing.same)
	if result.held:
		raise Conflict(flow.name, doc.doctype, doc.name, result.conflicts)
	if result.take:
		doc.update({name: values[name] for name in result.take})
		doc.save()
	_tell_outside(flow, doc, link, result)
	return bool(result.take)


def was_seen(flow: InFlow, doc, record: Mapping[str, Any]) -> bool:
	"""Whether the record was made by one who had seen the document as it stands."""
	found = flow.seen.search(record) if flow.seen else None
	return isinstance(found, str) and found == str(doc.modified)


def _take_all(doc, values: dict[str, Any]) -> bool:
	if comparing.equal(doc, values):
		return False
	doc.update(values)
	doc.save()
	return True


def remembered(
	flow: InFlow, doc, values: Mapping[str, Any], external_id: str, link: Link | None, *, created: bool
) -> tuple[str, str | None]:
	"""What the link keeps of a document that was just written: synced values, and the fingerprint of its state.

	A record may hold some of the fields only; of the others, what was remembered before goes on to hold.
	The fingerprint makes events that wait superfluous where the outside has all they would say.
	"""
	there = normalise(dict(values))
	here = comparing.of_document(doc, there, there)
	now = comparing.of_flow(flow, doc)
	before = _before(now, link, created)
	known = {**before.here, **there}
	equal = all(comparing.same(now.get(name), known.get(name)) for name in now)
	text = synced.as_text({**before.here, **here}, {**before.there, **there})
	return text, tell.fingerprint(flow.name, doc, external_id) if equal else None


def _before(now: Mapping[str, Any], link: Link | None, created: bool) -> Base:
	"""What was remembered. Of a document that the record made, what ERPNext filled in is nobody's change."""
	if created:
		return Base(here=now, there=now)
	return (synced.base_of(link.synced_values) if link else None) or Base(here={}, there={})


def _tell_outside(flow: InFlow, doc, link: Link | None, result: Merge) -> None:
	if not result.tell:
		return
	if link:
		synced.forget_sent(link.name, flow.name)
	tell.queue_update(flow.name, doc)


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
