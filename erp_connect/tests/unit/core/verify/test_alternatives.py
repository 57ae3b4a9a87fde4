"""Systems that prove what they send in more than one way: a request goes one way or none, and brings what is that way's."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify.alternatives import chosen
from erp_connect.core.verify.events import events_of
from erp_connect.core.verify.scheme import names_webhook_id
from erp_connect.core.verify.verification import (
	VerificationError,
	challenge_answer,
	check_secret,
	inbound_request,
	scheme_from_dict,
	verify,
)

KEY, NOW = "a key of both", 1_700_000_000
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PAID: dict[str, Any] = {
	"kind": "hmac",
	"when": [{"content_type": FORM}, {"body": "order"}],
	"topics": ["paid", "failed"],
	"message": "{form_values}",
	"signature": {"body": "sign", "encoding": "hex"},
	"topic": {"body": "state"},
}
REFUNDED: dict[str, Any] = {
	"kind": "hmac",
	"when": [{"content_type": JSON}, {"header": "X-Sig"}],
	"topics": ["refunded"],
	"signature": {"header": "X-Sig", "encoding": "base64"},
	"topic": {"body": "state"},
	"id": {"body": "id"},
}
BOTH: dict[str, Any] = {"kind": "one_of", "title": "Both", "schemes": [PAID, REFUNDED]}


def digest(text: str) -> bytes:
	return hmac.new(KEY.encode(), text.encode(), "sha256").digest()


def form(**values: str) -> tuple[str, bytes, dict[str, str]]:
	signed = digest("|".join(values[name] for name in sorted(values))).hex()
	text = "&".join(f"{name}={value}" for name, value in {**values, "sign": signed}.items())
	return FORM, text.encode(), {}


def document(data: Any, content_type: str = JSON) -> tuple[str, bytes, dict[str, str]]:
	text = json.dumps(data)
	return content_type, text.encode(), {"X-Sig": base64.b64encode(digest(text)).decode()}


def came(sent: tuple[str, bytes, dict[str, str]], scheme: dict[str, Any] = BOTH) -> list[str]:
	"""The topics of the events in a request, as the app takes it in."""
	content_type, body, headers = sent
	request = inbound_request(
		"POST", "https://erp.example/hook", {"Content-Type": content_type, **headers}, body
	)
	way = chosen(scheme_from_dict(scheme), request)
	return [event.topic for event in events_of(way, request, verify(way, request, [Secret(KEY)], NOW))]


def refused(sent: tuple[str, bytes, dict[str, str]], scheme: dict[str, Any] = BOTH) -> str:
	with pytest.raises(VerificationError) as caught:
		came(sent, scheme)
	return caught.value.reason


def test_each_request_goes_the_way_that_is_for_it():
	assert came(form(order="1", state="paid")) == ["paid"]
	assert came(document({"id": "R1", "state": "refunded"})) == ["refunded"]
	assert came(document({"id": "R1", "state": "refunded"}, "Application/JSON ; charset=utf-8")) == [
		"refunded"
	]


def test_what_no_way_is_for_is_refused():
	for sent in (
		form(other="1", state="paid"),
		document({"state": "refunded"}, "text/plain"),
		(JSON, b'{"state":"refunded"}', {}),
		(FORM, b"", {}),
		(JSON, b"", {}),
	):
		assert refused(sent) == "no_way"


def test_what_two_ways_are_for_is_refused():
	wide = {**REFUNDED, "when": [{"method": "POST"}]}
	assert refused(form(order="1", state="paid"), {**BOTH, "schemes": [PAID, wide]}) == "no_way"


def test_two_content_types_are_none():
	content_type, body, headers = document({"state": "refunded"})
	pairs = [("Content-Type", content_type), ("Content-Type", FORM), *headers.items()]
	with pytest.raises(VerificationError):
		chosen(scheme_from_dict(BOTH), inbound_request("POST", "https://erp.example/hook", pairs, body))


def test_a_body_that_cannot_be_read_is_refused():
	assert refused((FORM, b"order=%ff", {})) in ("malformed", "missing")
	way = {**REFUNDED, "when": [{"body": "state"}]}
	assert refused((JSON, b'{"state":', {}), {**BOTH, "schemes": [PAID, way]}) == "malformed"


def test_a_way_brings_no_event_of_another():
	assert refused(form(order="1", state="refunded")) == "wrong_topic"
	assert refused(document({"state": "paid"})) == "wrong_topic"
	assert refused(document({"id": "R1"})) == "wrong_topic"


def test_one_of_several_events_that_is_of_another_way_takes_all_along():
	several = {**REFUNDED, "topic": {"body": "[0].state"}, "id": {"body": "[0].id"}}
	scheme = {**BOTH, "schemes": [PAID, several]}
	good = [{"id": "1", "state": "refunded"}, {"id": "2", "state": "refunded"}]
	assert came(document(good), scheme) == ["refunded", "refunded"]
	assert refused(document([good[0], {"id": "2", "state": "paid"}]), scheme) == "wrong_topic"


def test_a_changed_byte_is_refused_whichever_way_it_goes():
	for sent in (form(order="1", state="paid"), document({"id": "R1", "state": "refunded"})):
		content_type, body, headers = sent
		changed = body.replace(b"1", b"2", 1)
		assert changed != body
		assert refused((content_type, changed, headers)) == "mismatch"


def test_verify_alone_chooses_as_well():
	content_type, body, headers = document({"id": "R1", "state": "refunded"})
	request = inbound_request("POST", "https://erp.example", {"Content-Type": content_type, **headers}, body)
	assert verify(scheme_from_dict(BOTH), request, [Secret(KEY)], NOW).id == "R1"


def test_a_challenge_is_that_of_the_way():
	asked = {
		**REFUNDED,
		"challenge": {"when": [{"body": "ping"}], "answer": {"echo": {"body": "ping"}}},
	}
	scheme = scheme_from_dict({**BOTH, "schemes": [PAID, asked]})
	for content_type, answered in ((JSON, True), ("text/plain", False)):
		_, body, headers = document({"ping": "Alder"})
		request = inbound_request(
			"POST", "https://erp.example", {"Content-Type": content_type, **headers}, body
		)
		try:
			reply = challenge_answer(chosen(scheme, request), request, [Secret(KEY)], NOW)
		except VerificationError:
			reply = None
		assert bool(reply) == answered


def test_the_secret_has_to_fit_each_way():
	sealed = {
		"kind": "salted_aes_checksum",
		"when": [{"header": "X-Seal"}],
		"topics": ["sealed"],
		"iv": "0123456789abcdef",
		"message": "{body}",
		"signature": {"header": "X-Seal"},
	}
	scheme = scheme_from_dict({**BOTH, "schemes": [PAID, sealed]})
	check_secret(scheme, Secret("0123456789abcdef"), NOW)
	with pytest.raises(ConfigurationError, match="16, 24 or 32"):
		check_secret(scheme, Secret("short"), NOW)


def test_what_the_account_says_counts_for_all_ways():
	named = {**REFUNDED, "message": "{webhook_id}{body}"}
	scheme = scheme_from_dict({**BOTH, "schemes": [PAID, named], "webhook_id": "WH-1", "events": "-"})
	assert names_webhook_id(scheme)
	assert [way.scheme.events for way in scheme.alternatives] == ["-", "-"]
	assert scheme.alternatives[1].scheme.webhook_id == "WH-1"


TOKEN = {"kind": "shared_token", "when": [{"header": "X-T"}], "topics": ["t"], "token": {"header": "X-T"}}


@pytest.mark.parametrize(
	("changed", "setting", "told"),
	[
		({"schemes": []}, "schemes", "two ways"),
		({"schemes": [PAID]}, "schemes", "two ways"),
		({"schemes": "paid"}, "schemes[0]", "object"),
		({"schemes": [PAID, {**REFUNDED, "when": []}]}, "schemes[1].when", "for which requests"),
		({"schemes": [PAID, {**REFUNDED, "topics": []}]}, "schemes[1].topics", "list the topics"),
		({"schemes": [PAID, {**REFUNDED, "topics": ["paid"]}]}, "schemes", "twice"),
		({"schemes": [PAID, {**REFUNDED, "signature": {}}]}, "schemes[1].signature", "exactly one"),
		({"schemes": [PAID, {**BOTH, "when": PAID["when"], "topics": ["x"]}]}, "schemes[1].kind", "several"),
		({"schemes": [PAID, {**REFUNDED, "message": "{timestamp}"}]}, "schemes[1].message", "body"),
		(
			{"schemes": [PAID, {**REFUNDED, "when": [{"content_type": "json; a=b"}]}]},
			"schemes[1].when[0].content_type",
			"without parameters",
		),
		({"schemes": [PAID, TOKEN]}, "schemes", "send the secret itself"),
		({"signature": {"header": "X"}}, "signature", "not a setting here"),
	],
)
def test_mistakes_are_told_with_their_place(changed, setting, told):
	with pytest.raises(ConfigurationError, match=told) as caught:
		scheme_from_dict({**BOTH, **changed})
	assert caught.value.params["setting"] == setting


def test_ways_that_send_the_secret_may_stand_beside_each_other():
	other = {**TOKEN, "when": [{"query": "t"}], "topics": ["u"], "token": {"query": "t"}}
	assert len(scheme_from_dict({"kind": "one_of", "schemes": [TOKEN, other]}).alternatives) == 2


def test_a_public_key_is_no_secret_of_another_way():
	rsa = {"kind": "rsa", "signature": {"header": "A", "encoding": "base64"}, "topic": {"body": "t"}}
	signs = {"kind": "hmac", "signature": {"header": "B", "encoding": "hex"}, "topic": {"body": "t"}}
	ways = [
		{**rsa, "when": [{"header": "A"}], "topics": ["a"]},
		{**signs, "when": [{"header": "B"}], "topics": ["b"]},
	]
	with pytest.raises(ConfigurationError, match="must not mix rsa"):
		scheme_from_dict({"kind": "one_of", "title": "Two", "schemes": ways})
