"""Subscriptions to webhooks as values: requests out of a preset, and what answers say."""

from datetime import datetime, timezone

import pytest
from pydantic import ValidationError

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.registration import Call, Listing, Subscribe
from erp_connect.core.presets.subscriptions import (
	Listed,
	Made,
	Wanted,
	listed,
	made,
	request,
	turns_pages,
	wanted,
)
from erp_connect.core.presets.webhooks import Webhooks

SCHEME = {"kind": "hmac", "signature": {"header": "X-Sign", "encoding": "hex"}}
SUBSCRIBE = {"method": "POST", "path": "/hooks", "body": {"topic": "{topic}"}, "id": "id"}
VALUES = {"address": "https://erp.example/hook/k", "secret": "s {input.shop} {id}", "title": "A"}


def webhooks(registration=None, **values) -> Webhooks:
	given = {"schemes": {"one": SCHEME}, "topics": ["order.created", "order.paid"], **values}
	return Webhooks.model_validate(
		{**given, "registration": {"subscribe": SUBSCRIBE, **(registration or {})}}
	)


@pytest.mark.parametrize(
	("taken", "found"),
	[
		(["order.paid", "unknown"], [Wanted("order.paid", ("order.paid",))]),
		(
			["*"],
			[Wanted("order.created", ("order.created",)), Wanted("order.paid", ("order.paid",))],
		),
		([], []),
	],
)
def test_what_flows_take_is_wanted(taken, found):
	assert list(wanted(webhooks(), taken)) == found


def test_one_for_all_topics_by_the_names_of_the_system():
	given = webhooks({"each": False}, topics={"orders/create": "ORDERS_CREATE", "orders/paid": "ORDERS_PAID"})
	assert wanted(given, ["orders/paid", "orders/create"]) == (Wanted("*", ("ORDERS_CREATE", "ORDERS_PAID")),)


def test_a_request_is_filled_in_and_what_was_filled_in_is_not_read_again():
	call = Call.model_validate(
		{
			"method": "POST",
			"path": "/shops/{input.shop}/hooks/{id}",
			"body": {"all": "{topics}", "to": ["{address}", {"key": "{secret}"}], "n": 3, "x": "is {topic}"},
		}
	)
	values = {**VALUES, "topic": "order.paid", "id": "a/../b"}
	made_of = request(call, values, {"shop": "my/shop"}, ("order.paid", "order.created"))
	assert (made_of.method, made_of.path) == ("POST", "/shops/my%2Fshop/hooks/a%2F..%2Fb")
	assert made_of.body == {
		"all": ["order.paid", "order.created"],
		"to": [VALUES["address"], {"key": VALUES["secret"]}],
		"n": 3,
		"x": "is order.paid",
	}


def test_a_list_of_one_that_names_the_topic_has_all_of_them():
	body = {"types": [{"name": "{topic}", "at": ["{address}"]}], "all": "{topics}"}
	call = Call(method="POST", path="/hooks", body=body)
	found = request(call, VALUES, {}, ("PAID", "REFUNDED")).body["types"]
	assert found == [{"name": name, "at": [VALUES["address"]]} for name in ("PAID", "REFUNDED")]
	assert request(call, {**VALUES, "topic": "PAID"}, {}, ("PAID",)).body["types"] == found[:1]


def test_a_graphql_request_has_the_body_as_its_variables():
	call = Call(
		method="POST", path="/graphql", graphql="mutation($t: T!) { a(t: $t) { id } }", body={"t": "{topic}"}
	)
	assert request(call, {"topic": "T1"}, {}).body["variables"] == {"t": "T1"}


def test_a_place_that_means_nothing_there_is_told():
	with pytest.raises(ConfigurationError, match=r"names \{id\} where it means nothing"):
		request(Call(method="POST", path="/hooks/{id}"), VALUES, {})
	with pytest.raises(ConfigurationError, match=r"names \{topic\} where it means nothing"):
		request(Call(method="DELETE", path="/hooks", body={"all": ["{topic}"]}), VALUES, {})


@pytest.mark.parametrize(
	("answer", "found"),
	[
		({"id": 7}, Made("7")),
		({"id": "x", "until": "2026-11-27T10:00:00+05:30"}, Made("x", datetime(2026, 11, 27, 4, 30, tzinfo=timezone.utc))),
		({"id": "x", "until": "2026-11-27T10:00:00"}, Made("x", datetime(2026, 11, 27, 10, tzinfo=timezone.utc))),
		({"id": "x", "until": 1764237600}, Made("x", datetime(2025, 11, 27, 10, tzinfo=timezone.utc))),
		({"id": "x", "until": "1764237600000"}, Made("x", datetime(2025, 11, 27, 10, tzinfo=timezone.utc))),
		({"id": "x", "until": "soon"}, Made("x")),
		({"id": "x", "key": "k1"}, Made("x", None, "k1")),
	],
)  # fmt: skip
def test_what_an_answer_says_of_a_new_one(answer, found):
	subscribe = Subscribe(**SUBSCRIBE, expires="until", secret="key")
	assert made(subscribe, answer) == found


def test_a_secret_that_was_answered_is_not_shown():
	assert "k1" not in repr(Made("x", None, "k1"))


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": {}}, None, [], "text"])
def test_without_an_id_there_is_no_subscription(answer):
	with pytest.raises(ConfigurationError, match="holds no id"):
		made(Subscribe(**SUBSCRIBE), answer)


def test_a_refusal_in_an_answer_of_success_is_told():
	subscribe = Subscribe(**{**SUBSCRIBE, "id": "data.made.id", "error": "data.errors[0].message"})
	with pytest.raises(ConfigurationError, match="Address is not allowed"):
		made(subscribe, {"data": {"made": None, "errors": [{"message": "Address is not allowed"}]}})


def test_a_list_is_read():
	listing = Listing(
		method="GET", path="/hooks", items="hooks", id="id", address="to", topic="topic", active="on"
	)
	answer = {"hooks": [{"id": 1, "to": "a", "topic": "t", "on": True}, {"id": 2, "to": "b"}]}
	assert listed(listing, answer) == (Listed("1", "t", "a", True), Listed("2", "", "b", False))
	with pytest.raises(ConfigurationError, match="holds no list"):
		listed(listing, {"error": "x"})


@pytest.mark.parametrize(
	("path", "body", "turns"),
	[("/hooks", None, False), ("/hooks?page={page}", None, True), ("/hooks", {"after": "{after}"}, True)],
)
def test_whether_a_list_has_pages(path, body, turns):
	given = {"method": "POST", "path": path, "body": body, "items": "@", "id": "id", "address": "to"}
	assert turns_pages(Listing.model_validate(given)) is turns


@pytest.mark.parametrize(
	("values", "told"),
	[
		({"registration": {"renew": "soon"}}, "renew"),
		({"registration": {"subscribe": {**SUBSCRIBE, "id": "id["}}}, "registration.subscribe.id"),
		({"secret": "answered"}, "needs registration.subscribe.secret"),
		(
			{"secret": "answered", "registration": {"subscribe": {**SUBSCRIBE, "secret": "secret"}}},
			"registration.each is false",
		),
		({"topics": []}, "needs topics"),
		(
			{"registration": {"subscribe": {**SUBSCRIBE, "body": {"key": "{secret}"}}}},
			"is one that is made here",
		),
		(
			{
				"registration": {
					"list": {"method": "DELETE", "path": "/", "items": "@", "id": "id", "address": "a"}
				}
			},
			"GET or POST",
		),
	],
)
def test_what_cannot_be_used_is_refused(values, told):
	with pytest.raises(ValidationError) as error:
		webhooks(**values)
	places = [".".join(str(part) for part in one["loc"]) + " " + one["msg"] for one in error.value.errors()]
	assert told in " ".join(places)
