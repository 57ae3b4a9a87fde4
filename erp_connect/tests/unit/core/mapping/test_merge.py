"""Both sides of a record changed, or one, or none: what is written here, and whether the outside must be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.mapping.merge import (
	ERPNEXT,
	HERE,
	HOLD,
	NEWEST,
	OUTSIDE,
	PER_FIELD,
	THERE,
	Base,
	Rules,
	merge,
)

POLICIES = (OUTSIDE, ERPNEXT, NEWEST, PER_FIELD, HOLD)


def same(one, other):
	return one == other


def base(**values):
	return Base(values, values)


def run(policy, base_, here, there, **rules):
	return merge(base_, here, there, Rules(policy, **rules), same)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_change_of_one_side_stands_whatever_the_policy(policy):
	outside = run(policy, base(a=1, b=1), {"a": 1, "b": 1}, {"a": 2, "b": 1})
	assert (outside.take, outside.tell, outside.conflicts) == ({"a": 2}, False, [])
	inside = run(policy, base(a=1, b=1), {"a": 2, "b": 1}, {"a": 1, "b": 1})
	assert (inside.take, inside.tell, inside.conflicts) == ({}, False, [])


@pytest.mark.parametrize("policy", POLICIES)
def test_equal_changes_of_both_sides_are_no_conflict(policy):
	result = run(policy, base(a=1), {"a": 2}, {"a": 2})
	assert (result.take, result.tell, result.held, result.conflicts) == ({}, False, False, [])


@pytest.mark.parametrize(
	("policy", "newer", "take", "tell"),
	[
		(OUTSIDE, HERE, {"a": 3, "b": 1}, False),
		(ERPNEXT, THERE, {}, True),
		(NEWEST, THERE, {"a": 3, "b": 1}, False),
		(NEWEST, HERE, {}, True),
		# b was changed here only, a on both sides.
		(PER_FIELD, THERE, {"a": 3}, True),
		(PER_FIELD, HERE, {}, True),
	],
)
def test_the_policy_decides_when_both_sides_changed(policy, newer, take, tell):
	result = run(policy, base(a=1, b=1), {"a": 2, "b": 2}, {"a": 3, "b": 1}, newer=newer)
	assert (result.take, result.tell, result.held) == (take, tell, False)
	assert [(c.field, c.base, c.here, c.there) for c in result.conflicts] == [("a", 1, 2, 3), ("b", 1, 2, 1)]


def test_per_field_joins_edits_of_different_fields_and_asks_each_row_about_the_same_one():
	here, there = {"a": 2, "b": 1, "c": 2}, {"a": 1, "b": 3, "c": 3}
	result = run(PER_FIELD, base(a=1, b=1, c=1), here, there, winners={"c": HERE})
	assert (result.take, result.tell) == ({"b": 3}, True)
	result = run(PER_FIELD, base(a=1, b=1, c=1), here, there, newer=HERE, winners={"c": THERE})
	assert (result.take, result.tell) == ({"b": 3, "c": 3}, True)


def test_hold_writes_nothing_until_a_person_decides():
	here, there = {"a": 2, "b": 2}, {"a": 3, "b": 1}
	held = run(HOLD, base(a=1, b=1), here, there)
	assert (held.held, held.take, held.tell, len(held.conflicts)) == (True, {}, False, 2)
	assert run(HOLD, base(a=1, b=1), here, there, decision=THERE).take == {"a": 3, "b": 1}
	kept = run(HOLD, base(a=1, b=1), here, there, decision=HERE)
	assert (kept.take, kept.tell, kept.held) == ({}, True, False)
	mixed = run(HOLD, base(a=1, b=1), here, there, decision={"a": THERE, "b": HERE})
	assert (mixed.take, mixed.tell) == ({"a": 3}, True)


def test_a_decision_holds_although_one_side_has_gone_back_since():
	kept = run(HOLD, base(a=1), {"a": 1}, {"a": 3}, decision=HERE)
	assert (kept.take, kept.tell) == ({}, True)
	assert run(HOLD, base(a=1), {"a": 2}, {"a": 1}, decision=THERE).take == {"a": 1}


def test_sides_that_were_never_equal_count_as_changed_both():
	assert run(HOLD, None, {"a": 1}, {"a": 2}).held
	assert run(OUTSIDE, None, {"a": 1}, {"a": 2}).take == {"a": 2}
	assert run(HOLD, None, {"a": 1}, {"a": 1}).held is False


def test_what_the_outside_rounds_or_reorders_is_no_change():
	rounded = Base(here={"price": 12.345, "tags": "b,a"}, there={"price": 12.35, "tags": "a,b"})
	result = run(HOLD, rounded, {"price": 12.345, "tags": "b,a"}, {"price": 12.35, "tags": "a,b"})
	assert (result.take, result.tell, result.held) == ({}, False, False)
	result = run(HOLD, rounded, {"price": 12.345, "tags": "b,a"}, {"price": 13.0, "tags": "a,b"})
	assert result.take == {"price": 13.0}


def test_what_both_sides_changed_alike_or_what_was_mapped_since_is_no_conflict():
	alike = run(HOLD, base(a=1, b=1), {"a": 2, "b": 1}, {"a": 2, "b": 3})
	assert (alike.take, alike.held) == ({"b": 3}, False)
	mapped_since = run(ERPNEXT, base(a=1), {"a": 1, "b": 0}, {"a": 2, "b": 0})
	assert (mapped_since.take, mapped_since.tell) == ({"a": 2}, False)


def test_what_was_changed_here_and_stands_is_told_apart():
	assert run(HOLD, base(a=1, b=1), {"a": 2, "b": 1}, {"a": 1, "b": 1}).kept == {"a"}
	assert run(ERPNEXT, base(a=1, b=1), {"a": 2, "b": 1}, {"a": 3, "b": 3}).kept == {"a"}
	assert run(OUTSIDE, base(a=1, b=1), {"a": 2, "b": 1}, {"a": 3, "b": 1}).kept == set()


def test_what_was_changed_outside_and_does_not_stand_is_yet_to_be_replaced():
	assert run(
		ERPNEXT, base(a=1, b=1, c=1), {"a": 2, "b": 1, "c": 2}, {"a": 3, "b": 3, "c": 1}
	).overruled == {"a", "b"}
	assert run(HOLD, base(a=1), {"a": 2}, {"a": 3}, decision=HERE).overruled == {"a"}
	assert run(HOLD, base(a=1), {"a": 2}, {"a": 3}, decision=THERE).overruled == set()


VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), min_size=3, max_size=3)


@given(VALUES, VALUES, VALUES, st.sampled_from(POLICIES), st.sampled_from((HERE, THERE)))
def test_nothing_is_lost_unless_the_policy_says_so(start, here, there, policy, newer):
	result = run(policy, base(**start), here, there, newer=newer)
	after = {**here, **result.take}
	for name in start:
		assert after[name] in (here[name], there[name])
		untouched_here, untouched_there = here[name] == start[name], there[name] == start[name]
		if not result.held and untouched_here and not untouched_there and here == start:
			assert after[name] == there[name]
	if result.held:
		assert policy == HOLD and not result.take and not result.tell
	elif any(there[name] not in (start[name], after[name]) for name in start):
		assert result.tell  # whatever is kept here against a change outside, the outside hears of


@pytest.mark.parametrize("newer", [HERE, THERE])
def test_what_one_side_never_had_is_none_that_is_newer(newer):
	here, there = {"a": "", "b": "mine", "c": "old"}, {"a": "theirs", "b": None, "c": "new"}
	result = merge(None, here, there, Rules(NEWEST, newer), same)
	assert result.take == {"a": "theirs", **({"c": "new"} if newer == THERE else {})}
	assert result.tell
	# What was emptied since both were equal is a change.
	emptied = merge(base(b="mine"), {"b": "mine"}, {"b": None}, Rules(NEWEST, newer), same)
	assert emptied.take == {"b": None}
	assert merge(None, here, there, Rules(OUTSIDE), same).take == there
	assert merge(None, here, there, Rules(ERPNEXT), same).take == {}
	assert merge(None, here, there, Rules(HOLD), same).held
