"""Which side of a difference stands by the flow's policy. Reads only.

As everywhere, a side that did not change never wins over one that did; the policy is for what both changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import frappe

from erp_connect.core.errors import ConnectError
from erp_connect.core.mapping.merge import HERE, HOLD, PER_FIELD, THERE, Rules
from erp_connect.reconcile import fields, timestamps
from erp_connect.reconcile.outside import ID
from erp_connect.reconcile.sides import Sides
from erp_connect.records import identity
from erp_connect.store import synced

Decision = str | dict[str, str] | None


def decide(sides: Sides, row: Any) -> Decision:
	"""`here`, `there`, the side of each field that differs, or None for a person to decide.

	row: of Sync Difference, kind Different.
	"""
	if sides.outward is None:
		return THERE
	differing = [field for field in json.loads(row.fields_json or "[]") if field["field"] != ID]
	if not differing:
		return THERE  # only the id of the record changed
	base = synced.base_of(synced.text_of(row.link)) if row.link else None
	changed = {field["field"]: fields.changed_sides(base, field) for field in differing}
	here = any(one for one, _ in changed.values())
	there = any(other for _, other in changed.values())
	if here != there:
		return HERE if here else THERE
	policy = sides.inward.policy
	if policy == HOLD:
		return None
	rules = Rules(policy, _newer(sides, row), sides.inward.winners)
	if policy == PER_FIELD:
		return {name: _of_field(name, sides_changed, rules) for name, sides_changed in changed.items()}
	return rules.side("")


def _of_field(name: str, changed: tuple[bool, bool], rules: Rules) -> str:
	here, there = changed
	if here != there:
		return HERE if here else THERE
	return rules.side(name)


def _newer(sides: Sides, row: Any) -> str:
	"""The side that changed last, by the time of change or the version of the record; what is outside, if not known."""
	record = json.loads(row.record or "null")
	outside = next((moment for moment in _times(sides, record) if moment), None)
	here = timestamps.latest(frappe.db.get_value(row.document_type, row.document_name, "modified"))
	if outside is None or here is None:
		return THERE
	return THERE if outside >= here else HERE


def _times(sides: Sides, record: Any) -> Iterator[datetime | None]:
	if sides.pull.changed:
		yield _moment(sides, sides.pull.changed.search, record)
	yield _moment(sides, lambda found: identity.version_of(sides.inward, found), record)


def _moment(sides: Sides, read: Callable[[Any], Any], record: Any) -> datetime | None:
	try:
		return timestamps.outside(read(record), sides.account.time_zone)
	except ConnectError:
		return None
