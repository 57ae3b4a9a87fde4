"""A signature of one's own as a form: what the answers make, back again, and what the form cannot say."""

from __future__ import annotations

import itertools

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.verify import own_form
from erp_connect.core.verify.scheme import scheme_from_dict

FORM = {**own_form.EMPTY, "header": "X-Signature"}


def test_the_simplest_one():
	assert own_form.scheme_of({"header": " X-Signature "}) == {
		"kind": "hmac",
		"message": "{body}",
		"algorithm": "sha256",
		"secret_encoding": "utf8",
		"signature": {"header": "X-Signature", "parse": "plain", "encoding": "hex"},
	}


@pytest.mark.parametrize(
	("answers", "part", "expected"),
	[
		({"signed": "timestamp_body", "timestamp_header": "X-Time"}, "message", "{timestamp}.{body}"),
		(
			{"signed": "timestamp_body", "timestamp_header": "X-Time", "separator": ""},
			"message",
			"{timestamp}{body}",
		),
		(
			{"signed": "method_path_body", "separator": "\\n"},
			"message",
			"{method}\n{path}\n{body}",
		),
		(
			{"signed": "timestamp_body", "timestamp_header": "X-Time", "tolerance": 60},
			"timestamp",
			{"header": "X-Time", "unit": "s", "past": 60, "future": 60},
		),
		(
			{"signed": "timestamp_body", "timestamp_header": "X-Time", "tolerance": 0},
			"timestamp",
			{"header": "X-Time", "unit": "s", "past": None, "future": None},
		),
		# Not signed, so that nothing relies on it.
		(
			{"timestamp_header": "X-Time"},
			"timestamp",
			{"header": "X-Time", "unit": "s", "past": None, "future": None},
		),
		(
			{"style": "prefix", "prefix": "sha256="},
			"signature",
			{"header": "X-Signature", "parse": "prefix", "encoding": "hex", "prefix": "sha256="},
		),
		(
			{"style": "pairs", "key": "v1", "signed": "timestamp_body", "timestamp_key": "t"},
			"timestamp",
			{"key": "t", "unit": "s", "past": 300, "future": 300},
		),
		(
			{"topic_header": "X-Topic", "topic_path": "event.type"},
			"topic",
			[{"header": "X-Topic"}, {"body": "event.type"}],
		),
		({"id_path": "event.id"}, "id", [{"body": "event.id"}]),
	],
)
def test_answers(answers, part, expected):
	scheme = own_form.scheme_of({**FORM, **answers})
	assert scheme[part] == expected
	scheme_from_dict(scheme)


def test_every_choice_makes_a_scheme_that_gives_the_choice_back():
	for signed, separator, style in itertools.product(
		own_form.MESSAGES, own_form.SEPARATORS, own_form.STYLES
	):
		form = {
			**FORM,
			"signed": signed,
			"separator": separator.replace("\n", "\\n"),
			"style": style,
			"prefix": "v=" if style == "prefix" else "",
			"key": "s" if style == "pairs" else "",
			"timestamp_header": "X-Time",
			"tolerance": 300 if "timestamp" in signed else 0,
			"id_header": "X-Id",
		}
		if signed == "body":
			form["separator"] = "."
		scheme = own_form.scheme_of(form)
		scheme_from_dict(scheme)
		again = own_form.form_of(scheme)
		assert own_form.scheme_of(again) == scheme
		assert again == form


@pytest.mark.parametrize(
	("answers", "setting"),
	[
		({"header": ""}, "signature.header"),
		({"style": "prefix", "prefix": ""}, "signature.prefix"),
		({"style": "pairs", "key": ""}, "signature.key"),
		({"style": "else"}, "signature.parse"),
		({"signed": "nothing"}, "message"),
		({"signed": "other", "message": "{timestamp}"}, "message"),
		({"signed": "other", "message": "{nope}{body}"}, "message"),
		({"signed": "timestamp_body"}, "timestamp"),
		({"signed": "id_timestamp_body", "timestamp_header": "X-Time"}, "id"),
		({"algorithm": "rot13"}, "algorithm"),
		({"encoding": "morse"}, "signature.encoding"),
		({"signed": "timestamp_body", "timestamp_header": "X-Time", "tolerance": 100_000}, "timestamp.past"),
		({"topic_header": "not a header"}, "topic[0].header"),
	],
)
def test_what_is_wrong_is_named(answers, setting):
	with pytest.raises(ConfigurationError) as caught:
		scheme_from_dict(own_form.scheme_of({**FORM, **answers}))
	assert caught.value.params["setting"] == setting


HMAC = {"kind": "hmac", "signature": {"header": "X-S", "encoding": "hex"}}


@pytest.mark.parametrize(
	"scheme",
	[
		{"kind": "shared_token", "token": {"header": "X"}},
		{**HMAC, "challenge": []},
		{**HMAC, "url": "https://x.example"},
		{**HMAC, "signature": {"body": "sign", "encoding": "hex"}},
		{**HMAC, "signature": {"header": "X-S", "encoding": "hex", "parse": "list", "prefix": "v1,"}},
		{**HMAC, "message": "{timestamp}{body}", "timestamp": {"body": "at"}},
		{**HMAC, "message": "{timestamp}{body}", "timestamp": {"header": "X-T", "past": 10, "future": 20}},
		{**HMAC, "topic": [{"body": "type"}, {"header": "X-Topic"}]},
		{**HMAC, "topic": [{"body": "type"}, {"body": "kind"}]},
		{**HMAC, "topic": {"query": "topic"}},
		{**HMAC, "id": {"headers": ["X-A", "X-B"]}},
	],
)
def test_what_the_form_cannot_say_is_left_to_the_json(scheme):
	assert own_form.form_of(scheme) is None


def test_a_text_of_ones_own_and_an_empty_scheme():
	scheme = {**HMAC, "message": "{body}|{header.X-Shop}"}
	form = own_form.form_of(scheme)
	assert (form["signed"], form["message"]) == ("other", "{body}|{header.X-Shop}")
	assert own_form.scheme_of(form)["message"] == scheme["message"]
	assert own_form.form_of({}) == own_form.EMPTY
