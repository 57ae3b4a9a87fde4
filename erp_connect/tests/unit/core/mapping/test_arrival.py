"""Which fields of a record a later event of its flow has said already."""

from __future__ import annotations

import json

from erp_connect.core.mapping import arrival

FIELDS = ("name", "phone", "email")


def noted(known, fields, arrived):
	return arrival.noted(known, "f1", FIELDS, fields, arrived)


def overtaken(known, fields, arrived):
	return arrival.overtaken(known, "f1", fields, arrived)


def test_nothing_is_known_of_records_from_before():
	assert overtaken(None, FIELDS, 1) == set()
	assert overtaken('{"lines": {}}', FIELDS, 1) == set()


def test_what_a_later_event_said_is_overtaken_and_what_it_left_out_is_not():
	known = noted(None, ("name", "email"), 5)
	assert overtaken(known, FIELDS, 4) == {"name", "email"}
	assert overtaken(known, FIELDS, 5) == set()
	known = noted(known, ("phone",), 4)  # the older one, tried again
	assert overtaken(known, FIELDS, 3) == {"name", "phone", "email"}
	assert overtaken(known, FIELDS, 4) == {"name", "email"}


def test_each_field_keeps_its_own_place():
	known = None
	for place, fields in ((3, FIELDS), (5, ("phone",)), (7, ("name",))):
		known = noted(known, fields, place)
	assert [overtaken(known, (field,), 6) for field in FIELDS] == [{"name"}, set(), set()]
	assert [overtaken(known, (field,), 4) for field in FIELDS] == [{"name"}, {"phone"}, set()]
	assert overtaken(known, FIELDS, 2) == set(FIELDS)


def test_another_flow_has_said_nothing_of_it():
	known = noted(None, FIELDS, 5)
	assert arrival.overtaken(known, "f2", ("fax", "name"), 4) == set()
	both = arrival.noted(known, "f2", ("fax",), ("fax",), 4)
	assert arrival.overtaken(both, "f2", ("fax",), 3) == {"fax"}
	assert overtaken(both, FIELDS, 4) == set(FIELDS)


def test_it_is_short_and_leaves_the_rest():
	known = noted('{"lines": {"L1": ["r1"]}}', FIELDS, 5)
	assert json.loads(known) == {"lines": {"L1": ["r1"]}, "heard": {"f1": [5]}}
	assert json.loads(noted(known, FIELDS, 9)) == {"lines": {"L1": ["r1"]}, "heard": {"f1": [9]}}


def test_of_another_record_nothing_was_heard():
	known = noted('{"lines":{"1":"a"}}', ("name",), 5)
	assert arrival.without(known) == '{"lines":{"1":"a"}}'
	assert arrival.without(noted(None, ("name",), 5)) is None
	assert arrival.without(None) is None
