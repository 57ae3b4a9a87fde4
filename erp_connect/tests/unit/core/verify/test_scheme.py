"""Schemes as data: what can be read, what is refused and which setting the refusal names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify.types import KINDS
from erp_connect.core.verify.verification import check_secret, scheme_from_dict
from erp_connect.tests.unit.core.verify.schemes import SCHEMES, scheme_of

SIGNATURE = {"header": "X-Sig", "encoding": "hex"}
HMAC: dict[str, Any] = {"kind": "hmac", "signature": SIGNATURE}
TOKEN: dict[str, Any] = {"kind": "shared_token", "token": {"header": "X-Token"}}
CALLBACK = {"path": "/verify", "body": {"event": {"raw_body": True}}, "success": "ok"}
CHECKSUM = {
	"kind": "salted_aes_checksum",
	"iv": "0123456789abcdef",
	"signature": {"body": "C"},
	"message": "{form_values}",
}
RSA = {"kind": "rsa", "signature": {"header": "S", "encoding": "base64"}}
CHALLENGE = {"when": [{"method": "GET"}], "answer": {"text": "ok"}}


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_every_known_scheme_is_json_and_can_be_read(name):
	given = json.loads(json.dumps(SCHEMES[name]))
	scheme = scheme_from_dict({**given, "webhook_id": "WH-1"})
	assert scheme.kind in KINDS
	assert scheme.title and scheme.source[0].startswith("https://")


def test_the_schemes_have_names_of_their_own():
	titles = [scheme["title"] for scheme in SCHEMES.values()]
	assert len(set(titles)) == len(titles)


def test_every_kind_has_a_known_scheme():
	assert {scheme["kind"] for scheme in SCHEMES.values()} == set(KINDS)


@pytest.mark.parametrize("name", ["paypal", "paypal_sandbox", "paypal_callback"])
def test_paypal_needs_the_id_of_the_webhook(name):
	with pytest.raises(ConfigurationError) as caught:
		scheme_of(name)
	assert caught.value.params["setting"] == "webhook_id"


def test_defaults():
	scheme = scheme_from_dict(HMAC)
	assert (scheme.algorithm, scheme.message, scheme.secret_encoding) == ("sha256", "{body}", "utf8")
	assert (scheme.id, scheme.topic, scheme.challenge, scheme.timestamp) == ((), (), (), None)


# what is given, the setting that is named, a word of the advice
INVALID: list[Any] = [
	(None, "scheme", "object"),
	([], "scheme", "object"),
	({1: 2}, "scheme", "object"),
	({}, "kind", "one of hmac"),
	({"kind": "HMAC"}, "kind", "one of hmac"),
	({"kind": ["hmac"]}, "kind", "one of"),
	({"kind": "hmac"}, "signature", "object"),
	({**HMAC, "sigature": {}}, "sigature", "not a setting"),
	({**HMAC, "algorithm": "sha257"}, "algorithm", "sha256"),
	({**HMAC, "algorithm": None}, "algorithm", "sha256"),
	({**HMAC, "message": ""}, "message", "sign the body"),
	({**HMAC, "message": 5}, "message", "text"),
	({**HMAC, "message": "{timestamp}"}, "message", "sign the body"),
	({**HMAC, "message": "{body"}, "message", "brace"),
	({**HMAC, "message": "{{body}}"}, "message", "brace"),
	({**HMAC, "message": "{body}{nonce}"}, "message", "body_base64"),
	({**HMAC, "message": "{body.x}"}, "message", "body.x, which does not exist"),
	({**HMAC, "message": "{header}{body}"}, "message", "header.NAME"),
	({**HMAC, "message": "{body}{body.__class__}"}, "message", "body.__class__"),
	({**HMAC, "message": "{secret}{body}"}, "message", "{secret}"),
	({**HMAC, "message": "{id}{body}"}, "id", "header first"),
	({**HMAC, "message": "{id}{body}", "id": {"body": "id"}}, "id", "header first"),
	({**HMAC, "message": "{webhook_id}{body}"}, "webhook_id", "enter the id"),
	({**HMAC, "message": "{timestamp}{body}"}, "timestamp", "is missing"),
	({**HMAC, "timestamp": {"header": "T"}}, "timestamp", "not signed"),
	({**HMAC, "timestamp": {"header": "T", "past": None}}, "timestamp", "not signed"),
	({**HMAC, "timestamp": {"header": "T", "unit": "h"}}, "timestamp.unit", "ms"),
	({**HMAC, "timestamp": {"header": "T", "past": 0}}, "timestamp.past", "86400"),
	({**HMAC, "timestamp": {"header": "T", "past": 86_401}}, "timestamp.past", "86400"),
	({**HMAC, "timestamp": {"header": "T", "past": "300"}}, "timestamp.past", "86400"),
	({**HMAC, "timestamp": {"header": "T", "past": True}}, "timestamp.past", "86400"),
	({**HMAC, "timestamp": {"header": "T", "future": 1.5}}, "timestamp.future", "null"),
	({**HMAC, "timestamp": {"key": "t"}, "message": "{timestamp}{body}"}, "timestamp.key", "pairs"),
	({**HMAC, "timestamp": {}}, "timestamp", "exactly one"),
	({**HMAC, "timestamp": {"query": "t"}}, "timestamp", "exactly one"),
	({**HMAC, "timestamp": {"header": "T", "tolerance": 5}}, "timestamp.tolerance", "not a setting"),
	({**HMAC, "timestamp": 300}, "timestamp", "object"),
	({"kind": "hmac", "signature": {"header": "S"}}, "signature.encoding", "base64"),
	({"kind": "hmac", "signature": {"encoding": "hex"}}, "signature", "exactly one"),
	({"kind": "hmac", "signature": {**SIGNATURE, "query": "s"}}, "signature", "exactly one"),
	({"kind": "hmac", "signature": {"headers": ["A"], "encoding": "hex"}}, "signature", "exactly one"),
	({"kind": "hmac", "signature": {**SIGNATURE, "header": "X Sig"}}, "signature.header", "name of a header"),
	({"kind": "hmac", "signature": {**SIGNATURE, "header": ""}}, "signature.header", "name of a header"),
	(
		{"kind": "hmac", "signature": {**SIGNATURE, "header": "X-Sig\n"}},
		"signature.header",
		"name of a header",
	),
	({"kind": "hmac", "signature": {**SIGNATURE, "header": 1}}, "signature.header", "name of a header"),
	({"kind": "hmac", "signature": {**SIGNATURE, "encoding": "base32"}}, "signature.encoding", "base64"),
	({"kind": "hmac", "signature": {**SIGNATURE, "parse": "json"}}, "signature.parse", "pairs"),
	({"kind": "hmac", "signature": {**SIGNATURE, "parse": "prefix"}}, "signature.prefix", "is missing"),
	({"kind": "hmac", "signature": {**SIGNATURE, "parse": "list", "prefix": ""}}, "signature.prefix", "text"),
	({"kind": "hmac", "signature": {**SIGNATURE, "parse": "pairs"}}, "signature.key", "is missing"),
	({"kind": "hmac", "signature": {**SIGNATURE, "prefix": "x"}}, "signature.prefix", "not a setting"),
	({**HMAC, "secret_encoding": "rot13"}, "secret_encoding", "whsec"),
	({**HMAC, "id": {"cookie": "x"}}, "id[0]", "exactly one"),
	({**HMAC, "id": [{"header": "A"}, {"body": "a["}]}, "id[1].body", "cannot be used"),
	({**HMAC, "id": [{"body": "nofunction(a)"}]}, "id[0].body", "cannot be used"),
	({**HMAC, "id": {"body": 5}}, "id[0].body", "path"),
	({**HMAC, "id": {"headers": []}}, "id[0].headers", "name of a header"),
	({**HMAC, "id": {"headers": ["A", 2]}}, "id[0].headers", "list of texts"),
	({**HMAC, "topic": "X-Topic"}, "topic[0]", "object"),
	({**HMAC, "topic": {"query": ""}}, "topic[0].query", "query parameter"),
	({**HMAC, "title": None}, "title", "text"),
	({**HMAC, "note": "x" * 3000}, "note", "text"),
	({**HMAC, "source": 5}, "source", "list of texts"),
	({**HMAC, "token": {"header": "T"}}, "token", "not a setting"),
	({**HMAC, "challenge": [{}]}, "challenge[0].when", "told from"),
	({**HMAC, "challenge": [{**CHALLENGE, "answer": 5}]}, "challenge[0].answer", "object"),
	(
		{**HMAC, "challenge": [{**CHALLENGE, "when": [{"method": "get"}]}]},
		"challenge[0].when[0].method",
		"GET",
	),
	({**HMAC, "challenge": [{**CHALLENGE, "when": [{}]}]}, "challenge[0].when[0]", "exactly one"),
	({**HMAC, "challenge": [{**CHALLENGE, "verified": "no"}]}, "challenge[0].verified", "true or false"),
	(
		{**HMAC, "challenge": [{**CHALLENGE, "answer": {"echo": {"query": "c"}}, "verified": False}]},
		"challenge[0].verified",
		"must be true for an echo",
	),
	({**HMAC, "challenge": [{**CHALLENGE, "status": 200}]}, "challenge[0].status", "not a setting"),
	({"kind": "plain_digest", "signature": SIGNATURE}, "message", "{secret}"),
	(
		{"kind": "plain_digest", "signature": SIGNATURE, "message": "{secret}{body}", "algorithm": "md5"},
		"algorithm",
		"sha256",
	),
	({"kind": "plain_digest", "signature": SIGNATURE, "message": "{secret}"}, "message", "sign the body"),
	({"kind": "standard_webhooks", "family": "x y"}, "family", "name of a header"),
	({"kind": "standard_webhooks", "past": -1}, "past", "86400"),
	({"kind": "standard_webhooks", "signature": SIGNATURE}, "signature", "not a setting"),
	({"kind": "shared_token"}, "token", "object"),
	({**TOKEN, "token": {"headers": ["A"]}}, "token", "exactly one"),
	({**TOKEN, "token": {"header": "A", "suffix": "x"}}, "token.suffix", "not a setting"),
	({**TOKEN, "message": "{body}"}, "message", "not a setting"),
	({"kind": "basic", "token": {"header": "A"}}, "token", "not a setting"),
	({**CHECKSUM, "message": None}, "message", "must be a text"),
	({**CHECKSUM, "signature": {"query": "C"}}, "signature", "exactly one"),
	({**CHECKSUM, "message": "x"}, "message", "sign the body"),
	({**CHECKSUM, "iv": "x" * 15}, "iv", "16 characters"),
	({key: CHECKSUM[key] for key in CHECKSUM if key != "iv"}, "iv", "is missing"),
	({**RSA, "algorithm": "md5"}, "algorithm", "sha256"),
	({**RSA, "certificate": {"header": "C", "path": "/"}}, "certificate.hosts", "hosts"),
	({**RSA, "certificate": {"query": "c", "hosts": ["h"], "path": "/"}}, "certificate", "exactly one"),
	({**RSA, "certificate": {"header": "C", "hosts": ["h"], "path": "certs"}}, "certificate.path", "path"),
	({**RSA, "certificate": {"header": "C", "hosts": ["h"], "path": "//x"}}, "certificate.path", "path"),
	({"kind": "callback"}, "callback", "object"),
	({"kind": "callback", "callback": {**CALLBACK, "body": {}}}, "callback.body", "entries"),
	(
		{"kind": "callback", "callback": {**CALLBACK, "body": {"a": {"text": "b"}}}},
		"callback.body",
		"raw_body",
	),
	({"kind": "callback", "callback": {**CALLBACK, "body": {"a": 5}}}, "callback.body.a", "object"),
	({"kind": "callback", "callback": {**CALLBACK, "body": {"a": {}}}}, "callback.body.a", "exactly one"),
	(
		{"kind": "callback", "callback": {**CALLBACK, "body": {"a": {"raw_body": False}}}},
		"callback.body.a",
		"must be true",
	),
	(
		{"kind": "callback", "callback": {**CALLBACK, "body": {"a": {"setting": "secret"}}}},
		"callback.body.a.setting",
		"webhook_id",
	),
	({"kind": "callback", "callback": {**CALLBACK, "path": "https://x/"}}, "callback.path", "path"),
	({"kind": "callback", "callback": {**CALLBACK, "path": "/a/../b"}}, "callback.path", "path"),
	({"kind": "callback", "callback": {**CALLBACK, "method": "GET"}}, "callback.method", "POST"),
	({"kind": "callback", "callback": {**CALLBACK, "success": "=="}}, "callback.success", "cannot be used"),
	({"kind": "callback", "callback": {**CALLBACK, "success": None}}, "callback.success", "path"),
]


@pytest.mark.parametrize(("given", "setting", "advice"), INVALID)
def test_what_is_refused(given, setting, advice):
	with pytest.raises(ConfigurationError) as caught:
		scheme_from_dict(given)
	assert caught.value.code == "scheme"
	assert caught.value.params["setting"] == setting
	message = str(caught.value)
	assert advice in message and message.startswith(f"The setting {setting} ")


@given(
	st.recursive(
		st.none() | st.booleans() | st.integers() | st.text(max_size=8),
		lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
		max_leaves=8,
	),
	st.sampled_from(sorted(SCHEMES)),
	st.sampled_from(
		["signature", "timestamp", "id", "topic", "token", "challenge", "callback", "certificate", "message"]
	),
)
@settings(max_examples=300)
def test_whatever_is_given_is_read_or_refused(value, name, setting):
	try:
		scheme_of(name, **{setting: value, "webhook_id": "W"})
	except ConfigurationError as error:
		assert error.code == "scheme" and error.params["setting"]


@pytest.mark.parametrize(
	("name", "good", "bad"),
	[
		("stripe", "whsec_x", " "),
		("svix", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?"),
		("basic", "user:pass:word", "user"),
		("basic", "u:p", ":p"),
		("paytm", "x" * 32, "x" * 31),
		("dhl", "token", ""),
	],
)
def test_secrets_when_they_are_saved(name, good, bad):
	check_secret(scheme_of(name), Secret(good), 0)
	with pytest.raises(ConfigurationError, match="Copy it again") as caught:
		check_secret(scheme_of(name), Secret(bad), 0)
	assert caught.value.code == "secret"
