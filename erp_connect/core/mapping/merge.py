"""Two sides of one record that both may have changed: what is written here, and whether the outside must be told.

	base    what both sides had when they were last equal, as each side wrote it (values that a side rounds or
	        reorders differ, and that is no change)
	here    the fields as they are in ERPNext now
	there   the fields as the outside record has them now, already mapped

Promises: a side that did not change never wins over one that did; a conflict is decided by the stated policy and by
nothing else; with `HOLD` nothing is decided. Never writes, never reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

OUTSIDE, ERPNEXT, NEWEST, PER_FIELD, HOLD = (
	"Outside wins", "ERPNext wins", "Newest wins", "Per field", "Hold for review",
)  # fmt: skip
HERE, THERE = "here", "there"
# What a row of the flow says about its field, with the policy Per field.
SIDE_OF_ROW = {"ERPNext": HERE, "Outside": THERE}

EMPTY = (None, "", [])

Same = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Base:
	"""Values of the fields when the sides were last equal, by side."""

	here: Mapping[str, Any]
	there: Mapping[str, Any]


@dataclass(frozen=True)
class FieldConflict:
	"""A field that has different values now. base: what it had here when the sides were equal."""

	field: str
	base: Any
	here: Any
	there: Any


@dataclass
class Merge:
	"""take: fields to write, with their values. tell: the outside lacks something that is kept here.

	kept: fields that were changed here and stand, which the outside does not have yet. overruled: fields that were
	changed outside, and yet what is here stands.
	conflicts: fields that differ now although both sides changed, for a person to look at. held: nothing may be
	written before a person decides.
	"""

	take: dict[str, Any] = field(default_factory=dict)
	tell: bool = False
	kept: set[str] = field(default_factory=set)
	overruled: set[str] = field(default_factory=set)
	conflicts: list[FieldConflict] = field(default_factory=list)
	held: bool = False


@dataclass(frozen=True)
class Rules:
	"""How a conflict is decided. winners: field → HERE, THERE or NEWEST. newer: the side changed last."""

	policy: str
	newer: str = THERE
	winners: Mapping[str, str] = field(default_factory=dict)
	decision: str | Mapping[str, str] | None = None

	def side(self, name: str) -> str:
		"""The side whose value of a field stands."""
		if isinstance(self.decision, str):
			return self.decision
		if self.decision is not None:
			return self.decision.get(name, HERE)
		if self.policy == PER_FIELD:
			winner = self.winners.get(name, NEWEST)
			return self.newer if winner == NEWEST else winner
		return {OUTSIDE: THERE, ERPNEXT: HERE}.get(self.policy, self.newer)

	def goes_by_time(self, name: str) -> bool:
		"""Whether the side that changed last has its way with a field."""
		winner = self.winners.get(name, NEWEST) if self.policy == PER_FIELD else self.policy
		return self.decision is None and winner == NEWEST


def merge(
	base: Base | None, here: Mapping[str, Any], there: Mapping[str, Any], rules: Rules, same: Same
) -> Merge:
	"""What becomes of a record that came from outside.

	base: None when the sides were never known to be equal; then every field that differs counts as changed on both.
	same: whether two values of a field mean the same. there: only the fields that the outside record has.
	"""
	differing = [name for name, value in there.items() if not same(here.get(name), value)]
	if not differing:
		return Merge()
	# Only of those: what both sides changed alike, or what the flow has come to map since, is in nobody's way.
	changed_here = {name for name in differing if _changed(base and base.here, name, here.get(name), same)}
	changed_there = {name for name in differing if _changed(base and base.there, name, there[name], same)}
	# What differs although neither side changed it is how each of them writes the same value.
	differing = [name for name in differing if name in changed_here or name in changed_there]
	if rules.decision is None and not (changed_here and changed_there):
		# What changed here only has an event of its own, which tells the outside.
		return Merge(
			take={name: there[name] for name in differing} if changed_there else {}, kept=changed_here
		)
	conflicts = [FieldConflict(name, _base(base, name), here.get(name), there[name]) for name in differing]
	if rules.policy == HOLD and rules.decision is None:
		return Merge(conflicts=conflicts, held=bool(conflicts))
	result = Merge(conflicts=conflicts)
	for name in differing:
		overlap = name in changed_here and name in changed_there
		if rules.goes_by_time(name) and (filled := _filled(base, name, here.get(name), there[name])):
			side = filled
		elif rules.policy == PER_FIELD and rules.decision is None and not overlap:
			side = HERE if name in changed_here else THERE
		else:
			side = rules.side(name)
		if side == THERE:
			result.take[name] = there[name]
		else:
			result.tell = True
	result.kept = changed_here - set(result.take)
	result.overruled = changed_there - set(result.take)
	return result


def _filled(base: Base | None, name: str, here: Any, there: Any) -> str:
	"""The side that has a value, of a field in which the sides were never known to be equal and the other one has none.

	Nobody has emptied it: that a side never had a value is none that is newer.
	"""
	if base is not None and name in base.here and name in base.there:
		return ""
	empty = here in EMPTY, there in EMPTY
	return {(True, False): THERE, (False, True): HERE}.get(empty, "")


def _changed(base: Mapping[str, Any] | None, name: str, value: Any, same: Same) -> bool:
	return base is None or name not in base or not same(base[name], value)


def _base(base: Base | None, name: str) -> Any:
	return base.here.get(name) if base else None
