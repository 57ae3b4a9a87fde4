"""A newer release of a preset, compared with a flow that somebody changed: what is taken, what stands."""

from __future__ import annotations

from typing import Any

from erp_connect.core.presets.release_changes import Content, Table, accepted, changes, taken_over

KEYS = ("source", "target")


def content(path: str = "/a", *rows: tuple[str, str, str], **fields: Any) -> Content:
	made = tuple(
		{"source": source, "target": target, "argument": argument} for source, target, argument in rows
	)
	return Content({"path": path, "size": 10, **fields}, {"rows": Table(KEYS, made)})


def merged(base: Content, mine: Content, new: Content, *chosen: str) -> tuple[Content, list[bool]]:
	found = changes(base, mine, new)
	return taken_over(mine, new, accepted(found, chosen)), [change.conflict for change in found]


def rows(of: Content) -> list[tuple[Any, ...]]:
	return [tuple(row.values()) for row in of.tables["rows"].rows]


def test_nothing_new_is_no_change():
	assert changes(content(), content("/mine"), content()) == ()


def test_what_nobody_changed_here_follows():
	found, conflicts = merged(content(), content(), content("/b"))
	assert (found.fields["path"], conflicts) == ("/b", [False])


def test_what_was_changed_here_stands_beside_what_is_new():
	found, conflicts = merged(content(), content(size=50), content("/b"))
	assert (found.fields, conflicts) == ({"path": "/b", "size": 50}, [False])


def test_a_conflict_is_decided_for_the_value_here_unless_chosen():
	base, mine, new = content(), content("/mine"), content("/b")
	(change,) = changes(base, mine, new)
	assert (change.before, change.yours, change.now, change.conflict) == ("/a", "/mine", "/b", True)
	assert merged(base, mine, new)[0].fields["path"] == "/mine"
	assert merged(base, mine, new, change.id)[0].fields["path"] == "/b"


def test_the_same_change_on_both_sides_is_none():
	assert changes(content(), content("/b"), content("/b")) == ()


def test_columns_of_a_row_are_compared_each_by_itself():
	base, new = content("/a", ("a", "b", "")), content("/a", ("a", "b", "x"))
	mine = Content(base.fields, {"rows": Table(KEYS, ({**base.tables["rows"].rows[0], "note": "mine"},))})
	found, conflicts = merged(base, mine, new)
	assert (found.tables["rows"].rows[0], conflicts) == (
		{"source": "a", "target": "b", "argument": "x", "note": "mine"},
		[False],
	)


def test_new_rows_come_where_the_preset_has_them_and_rows_of_ones_own_stay():
	base = content("/a", ("a", "a", ""), ("c", "c", ""))
	mine = content("/a", ("a", "a", ""), ("own", "own", ""), ("c", "c", ""))
	new = content("/a", ("0", "0", ""), ("a", "a", ""), ("b", "b", ""), ("b2", "b2", ""), ("c", "c", ""))
	found, conflicts = merged(base, mine, new)
	assert [row[0] for row in rows(found)] == ["0", "a", "b", "b2", "own", "c"]
	assert conflicts == [False] * 3


def test_a_row_that_the_preset_left_out_goes_unless_it_was_changed_here():
	base, new = content("/a", ("a", "a", ""), ("b", "b", "")), content("/a", ("a", "a", ""))
	assert rows(merged(base, base, new)[0]) == [("a", "a", "")]
	mine = content("/a", ("a", "a", ""), ("b", "b", "mine"))
	(change,) = changes(base, mine, new)
	assert change.conflict
	assert rows(merged(base, mine, new)[0]) == rows(mine)
	assert rows(merged(base, mine, new, change.id)[0]) == [("a", "a", "")]


def test_a_row_that_was_removed_here_stays_away_unless_chosen():
	base, mine, new = content("/a", ("a", "a", "")), content("/a"), content("/a", ("a", "a", "x"))
	assert changes(base, mine, base) == ()
	(change,) = changes(base, mine, new)
	assert (change.conflict, change.yours) == (True, None)
	assert rows(merged(base, mine, new)[0]) == []
	assert rows(merged(base, mine, new, change.id)[0]) == [("a", "a", "x")]


def test_a_row_that_both_added_is_compared():
	base, mine, new = content("/a"), content("/a", ("a", "a", "mine")), content("/a", ("a", "a", "x"))
	(change,) = changes(base, mine, new)
	assert (change.column, change.conflict, change.before) == ("argument", True, None)
	assert rows(merged(base, mine, new, change.id)[0]) == [("a", "a", "x")]


def test_rows_about_the_same_thing_are_told_apart_by_their_number():
	base = content("/a", ("a", "a", "1"), ("a", "a", "2"))
	new = content("/a", ("a", "a", "1"), ("a", "a", "3"))
	assert rows(merged(base, base, new)[0]) == rows(new)


def test_a_table_that_is_new_is_taken_whole():
	new = Content(content().fields, {**content().tables, "map": Table(("x",), ({"x": "1"},))})
	mine = Content(content().fields, {**content().tables, "map": Table(("x",), ())})
	found, conflicts = merged(content(), mine, new)
	assert (found.tables["map"].rows, conflicts) == (({"x": "1"},), [False])
