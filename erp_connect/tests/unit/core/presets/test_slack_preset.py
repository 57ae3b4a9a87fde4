"""What Slack's preset makes of a pressed button, and that Slack's own library works with the fake and proves its signatures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.values.inputs import filled
from erp_connect.tests.fakes.slack import CHANNEL, MEMBER, SIGNING_SECRET, STRANGER, TOKEN, Slack, signature

FOLDER = Path(__file__).parents[4] / "presets" / "slack"
PRESET = json.loads((FOLDER / "preset.json").read_text(encoding="utf-8"))
SCHEME = PRESET["webhooks"]["schemes"]["slack"]
(ANSWERS,) = [one["mapping"] for one in PRESET["flows"] if one["mapping"].get("record_expression")]


def pressed(user: str = MEMBER, action: str = "issue:On Hold") -> dict[str, str]:
	button = {
		"action_id": action,
		"value": "ISS-2026-00001",
		"text": {"type": "plain_text", "text": "On Hold"},
	}
	message = {"text": "Issue", "blocks": [{"type": "section"}, {"type": "actions"}]}
	payload = {"type": "block_actions", "user": {"id": user}, "actions": [button], "message": message}
	return {"payload": json.dumps(payload)}


def records(data: dict[str, str], members: str = f"U0000000001,{MEMBER}") -> list[dict[str, str]]:
	return compile_expression(filled(ANSWERS["record_expression"], {"members": members})).search(data)


def test_a_button_that_a_listed_member_pressed_is_a_record():
	assert records(pressed()) == [{"document": "ISS-2026-00001", "status": "On Hold"}]


@pytest.mark.parametrize(
	("data", "members"),
	[
		(pressed(STRANGER), MEMBER),
		(pressed(), "nobody"),
		(pressed("U01"), MEMBER),
		(pressed(""), "nobody"),
		(pressed(action="open"), MEMBER),
		({"payload": "no JSON"}, MEMBER),
		({}, MEMBER),
	],
)
def test_anything_else_is_none(data, members):
	assert records(data, members) == []


def test_the_answer_replaces_the_buttons_only_where_it_was_done():
	told = compile_expression(SCHEME["reply"]["body"])
	done = told.search({"event": pressed(), "done": True})
	assert done["replace_original"] is True
	assert [block["type"] for block in done["blocks"]] == ["section", "context"]
	assert f"<@{MEMBER}>" in done["blocks"][1]["elements"][0]["text"]
	other = told.search({"event": pressed(), "done": False})
	assert (other["replace_original"], other["response_type"]) == (False, "ephemeral")


def test_the_library_of_slack_works_with_the_fake():
	library = pytest.importorskip("slack_sdk")
	fake = Slack()
	try:
		client = library.WebClient(token=TOKEN, base_url=f"{fake.url}/", timeout=10)
		assert client.auth_test()["ok"]
		made = client.chat_postMessage(channel=CHANNEL, text="An order")
		client.chat_postMessage(channel=CHANNEL, text="Cancelled", thread_ts=made["ts"])
		assert fake.thread(made["ts"]) == ["Cancelled"]
		with pytest.raises(library.errors.SlackApiError) as refused:
			client.chat_postMessage(channel="C0000000000", text="Nowhere")
		assert refused.value.response["error"] == "channel_not_found"
	finally:
		fake.stop()


def test_the_library_of_slack_takes_the_signatures_of_the_fake():
	judge = pytest.importorskip("slack_sdk.signature").SignatureVerifier(SIGNING_SECRET)
	stamp = str(int(judge.clock.now()))
	assert judge.is_valid("payload=%7B%7D", stamp, signature(stamp, b"payload=%7B%7D"))
