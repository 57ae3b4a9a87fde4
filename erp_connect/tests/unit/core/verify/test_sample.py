"""Samples of webhooks: which part fits, which does not, and what would."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify import own_form, sample
from erp_connect.core.verify.scheme import scheme_from_dict

SECRET = "shop-secret-0815"
NOW = 1_764_000_000
BODY = '{"type": "order.paid", "id": "evt_1",\n "total": 10}'
FORM = {
	**own_form.EMPTY,
	"header": "X-Signature",
	"signed": "timestamp_body",
	"timestamp_header": "X-Timestamp",
	"topic_path": "type",
	"id_path": "id",
}


def signed(message: str, algorithm: str = "sha256") -> bytes:
	return hmac.new(SECRET.encode(), message.encode(), algorithm).digest()


def examined(headers: str, body: str = BODY, secret: str = SECRET, **answers) -> sample.Examined:
	form = {**FORM, **answers}
	request = sample.request_of("POST", "https://erp.example.com/hook/1?a=b", headers, body)
	secrets = [Secret(secret)] if secret else []
	return sample.examine(scheme_from_dict(own_form.scheme_of(form)), form, request, secrets, NOW)


def headers(message: str | None = None, time: object = NOW, signature: str = "") -> str:
	text = signature or signed(f"{time}.{BODY}" if message is None else message).hex()
	return f"Content-Type: application/json\nX-Signature: {text}\nX-Timestamp: {time}"


def steps(found: sample.Examined) -> list[tuple[str, bool, str]]:
	return [(step.part, step.ok, step.reason) for step in found.steps]


def test_one_that_fits_shows_topic_and_id():
	found = examined(headers())
	assert found.ok and not found.line_ends and found.would_fit is None
	assert [(step.part, step.ok) for step in found.steps] == [
		("signature", True), ("time", True), ("fit", True), ("topic", True), ("id", True),
	]  # fmt: skip
	assert [step.found for step in found.steps[-2:]] == ["order.paid", "evt_1"]


def test_an_old_sample_fits_all_the_same_and_says_so():
	found = examined(headers(time=NOW - 86_400))
	assert found.ok
	assert ("age", False, "stale") in steps(found)
	assert ("age", False, "future") in steps(examined(headers(time=NOW + 86_400)))


@pytest.mark.parametrize(
	("text", "step"),
	[
		(f"X-Timestamp: {NOW}", ("signature", False, "missing")),
		(headers() + "\nX-Signature: 00", ("signature", False, "duplicate")),
		(f"X-Signature: {'0' * 64}", ("time", False, "missing")),
		(headers(time="yesterday"), ("time", False, "malformed")),
		("", ("signature", False, "missing")),
		("no headers at all", ("signature", False, "missing")),
		(headers(signature="0" * 64), ("fit", False, "mismatch")),
	],
)
def test_the_part_that_does_not_fit_is_named(text, step):
	found = examined(text)
	assert not found.ok
	assert step in steps(found)


def test_without_a_secret_and_with_another_one():
	assert steps(examined(headers(), secret=""))[-1] == ("fit", False, "no_secret")
	found = examined(headers(), secret="another")
	assert steps(found)[-1] == ("fit", False, "mismatch")
	assert found.would_fit is None


@pytest.mark.parametrize(
	("text", "expected"),
	[
		(headers(BODY), {"signed": "body"}),
		(headers(f"{NOW}{BODY}"), {"signed": "timestamp_body", "separator": ""}),
		(headers(f"{BODY}:{NOW}"), {"signed": "body_timestamp", "separator": ":"}),
		(
			headers(signature=base64.b64encode(signed(f"{NOW}.{BODY}")).decode()),
			{"signed": "timestamp_body", "encoding": "base64"},
		),
		(headers(signature=signed(f"{NOW}.{BODY}", "sha512").hex()), {"algorithm": "sha512"}),
		(
			headers(signature=base64.b64encode(signed(BODY, "sha1")).decode()),
			{"signed": "body", "algorithm": "sha1", "encoding": "base64"},
		),
		(
			headers(f"https://erp.example.com/hook/1?a=b\n{BODY}"),
			{"signed": "url_body", "separator": "\n"},
		),
	],
)
def test_what_would_fit_is_found(text, expected):
	found = examined(text)
	assert not found.ok
	assert expected.items() <= found.would_fit.items()
	scheme = scheme_from_dict(own_form.scheme_of(found.would_fit))
	request = sample.request_of("POST", "https://erp.example.com/hook/1?a=b", text, BODY)
	assert sample.examine(scheme, None, request, [Secret(SECRET)], NOW).ok


@pytest.mark.parametrize(
	"travelled", [BODY.replace("\n", "\r\n"), BODY + "\n", BODY.replace("\n", "\r\n") + "\r\n"]
)
def test_ends_of_lines_that_a_form_changed_are_no_fault(travelled):
	found = examined(headers(f"{NOW}.{travelled}"))
	assert found.ok is True
	assert found.line_ends == (travelled != BODY)


def test_a_prefix_and_pairs():
	text = f"X-Signature: sha256={signed(BODY).hex()}"
	assert examined(text, signed="body", style="prefix", prefix="sha256=", timestamp_header="").ok
	found = examined(text, signed="body", style="prefix", prefix="v0=", timestamp_header="")
	assert steps(found)[0] == ("signature", False, "missing")
	text = f"X-Signature: t={NOW},v1={signed(f'{NOW}.{BODY}').hex()}"
	assert examined(text, style="pairs", key="v1", timestamp_key="t", timestamp_header="").ok


def test_a_hash_of_another_kind_of_secret():
	key = base64.b64encode(b"k" * 32).decode()
	text = (
		f"X-Signature: {hmac.new(b'k' * 32, BODY.encode(), hashlib.sha256).hexdigest()}\nX-Timestamp: {NOW}"
	)
	found = examined(text, secret=key)
	assert found.would_fit["secret_encoding"] == "base64"
	assert found.would_fit["signed"] == "body"
