"""Several events in one body: each has its own id, topic and content."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.verify.event import event_of
from erp_connect.core.verify.events import events_of
from erp_connect.core.verify.request import inbound_request
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.tests.unit.core.verify.schemes import SCHEMES

DELETION = {
	"eventId": 1,
	"subscriptionId": 5,
	"objectId": 7,
	"occurredAt": 10,
	"subscriptionType": "contact.deletion",
}
CHANGE = {**DELETION, "eventId": 2, "subscriptionType": "contact.propertyChange"}
PLAIN = {"kind": "shared_token", "token": {"header": "X-Token"}}


def events(scheme, body, **headers):
	request = inbound_request(
		"POST",
		"https://erp.example.com/hook",
		{"Content-Type": "application/json", **headers},
		json.dumps(body).encode(),
	)
	return events_of(scheme, request, event_of(scheme, request, None))


def test_hubspots_deletion_and_change_are_two():
	scheme = scheme_from_dict(SCHEMES["hubspot"])
	found = events(scheme, [DELETION, CHANGE])
	assert [event.topic for event in found] == ["contact.deletion", "contact.propertyChange"]
	assert [event.data for event in found] == [[DELETION], [CHANGE]]
	assert len({event.id for event in found}) == 2
	# In another delivery, with others or alone, each is still the same.
	assert [event.id for event in events(scheme, [CHANGE])] == [found[1].id]
	assert [event.id for event in events(scheme, [CHANGE, DELETION])] == [found[1].id, found[0].id]


@pytest.mark.parametrize("body", [{"id": 1}, [], [{"id": 1}], [1, 2], "x", [{"id": 1}, 2]])
def test_what_is_no_list_of_objects_is_one(body):
	(event,) = events(scheme_from_dict(PLAIN), body)
	assert event.data == body


def test_an_id_of_the_whole_delivery_is_followed_by_the_place():
	scheme = scheme_from_dict({**PLAIN, "id": {"header": "X-Id"}, "topic": {"header": "X-Topic"}})
	found = events(scheme, [{"a": 1}, {"a": 1}], **{"X-Id": "w-1", "X-Topic": "stock"})
	assert [(event.id, event.topic) for event in found] == [("w-1#1", "stock"), ("w-1#2", "stock")]


def test_without_an_id_two_that_are_equal_are_two_and_another_delivery_of_them_is_the_same():
	scheme = scheme_from_dict(PLAIN)
	body = [{"sku": "A", "moved": 1}, {"sku": "A", "moved": 1}, {"moved": 2, "sku": "A"}]
	found = [event.id for event in events(scheme, body)]
	assert len(set(found)) == 3
	assert found == [event.id for event in events(scheme, body)]


def test_a_list_within_the_body_keeps_what_is_around_it():
	scheme = scheme_from_dict({**PLAIN, "events": "data.events", "id": {"body": "data.events[0].id"}})
	body = {"account": 9, "data": {"events": [{"id": "a"}, {"id": "b"}], "more": 1}}
	found = events(scheme, body)
	assert [event.id for event in found] == ["a", "b"]
	assert [event.data for event in found] == [
		{"account": 9, "data": {"events": [{"id": id_}], "more": 1}} for id_ in ("a", "b")
	]
	assert len(events(scheme, [{"id": 1}, {"id": 2}])) == 1


def test_a_list_may_be_one_event():
	assert len(events(scheme_from_dict({**PLAIN, "events": "-"}), [{"id": 1}, {"id": 2}])) == 1


def test_what_is_no_path_is_refused():
	with pytest.raises(ConfigurationError, match="path of a list"):
		scheme_from_dict({**PLAIN, "events": "a b"})
