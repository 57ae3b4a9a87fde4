"""A workspace of Slack in memory, behaving as its Web API documents.

https://docs.slack.dev/reference/methods/chat.postMessage

Promises: errors are answers of success with `ok: false`; a message has to have a text and well-formed blocks, and stands in a
channel that the app was invited to; a thread needs a message that is there. A person who presses a button sends a form
with `payload`, signed by the library's own rule (v0), and what is told to its `response_url` replaces the message.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests

from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

TOKEN, SIGNING_SECRET = "xoxb-111-222-abcdefghij", "8f742231b10e8888abcd991112222a85"
# Of a way of proof that Slack has given up and still sends along.
OLD_TOKEN = "Jhj5dZrVaK7ZwHHjRyZWjbDl"
CHANNEL, MEMBER, STRANGER = "C0123456789", "U0123456789", "U0999999999"
# https://docs.slack.dev/reference/block-kit/blocks
SECTION_TEXT, HEADER_TEXT, BUTTON_TEXT, BUTTON_VALUE, MOST_BLOCKS = 3000, 150, 75, 2000, 50


class Slack(FakeSystem):
	"""The workspace, in a thread of this process. messages: by channel and ts. told: what came to response URLs."""

	base = "/api"

	def __init__(self) -> None:
		self.token = TOKEN
		self.channels = {CHANNEL}
		self.archived: set[str] = set()
		self.messages: dict[tuple[str, str], dict[str, Any]] = {}
		self.told: list[dict[str, Any]] = []
		self.calls: list[tuple[str, str, Any]] = []
		self.troubles: list[Trouble] = []
		self.errors: list[str] = []
		self._numbers = itertools.count(1)
		self.lock = threading.RLock()
		self.serve(Handler)

	def trouble(
		self, status: int, method: str = "POST", path: str = "/api/chat.postMessage", **how: Any
	) -> None:
		self.troubles.append(Trouble(method, path, status, **how))

	def told_of(self, status: int) -> dict[str, Any]:
		return {"ok": False, "error": "ratelimited" if status == 429 else "internal_error"}

	# What people do

	def in_channel(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
		"""The messages of a channel, outside of threads."""
		return [
			one for (place, _), one in self.messages.items() if place == channel and "thread_ts" not in one
		]

	def thread(self, ts: str) -> list[str]:
		return [one["text"] for one in self.messages.values() if one.get("thread_ts") == ts]

	def press(
		self, address: str, message: dict[str, Any], action_id: str, *, user: str = MEMBER, **how: Any
	) -> requests.Response:
		"""Somebody presses a button. how: `age` of the signature in seconds, `changed` body, `response_url`."""
		buttons = [one for block in message["blocks"] for one in block.get("elements", ())]
		(button,) = [one for one in buttons if one["action_id"] == action_id]
		number = next(self._numbers)
		payload = {
			"type": "block_actions",
			"token": OLD_TOKEN,
			"user": {"id": user, "username": "ida"},
			"api_app_id": "A012",
			"trigger_id": how.get("trigger") or f"{number}.13345224609.738474920.8088930838d88f008e0",
			"container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
			"channel": {"id": message["channel"], "name": "orders"},
			"message": {key: message[key] for key in ("text", "ts", "blocks")} | {"type": "message"},
			"response_url": how.get("response_url", f"{self.url}/actions/T1/{message['ts']}"),
			"actions": [{**button, "action_ts": str(time.time())}],
		}
		body = urlencode({"payload": json.dumps(payload)}).encode()
		stamp = str(int(time.time()) - how.get("age", 0))
		headers = {
			"Content-Type": "application/x-www-form-urlencoded",
			"X-Slack-Request-Timestamp": stamp,
			"X-Slack-Signature": signature(stamp, body),
		}
		return requests.post(address, data=how.get("changed", body), headers=headers, timeout=30)

	# What the API does

	def answered(self, request: Request) -> tuple[int, Any]:
		body = given(request)
		self.calls.append((request.method, request.path, body))
		if request.path.startswith("/api/actions/"):
			return self._told(request.path.rpartition("/")[2], body)
		if request.headers.get("Authorization") != f"Bearer {self.token}":
			return failed("invalid_auth")
		if self.errors:
			return failed(self.errors.pop(0))
		match request.path:
			case "/api/auth.test":
				return 200, {"ok": True, "team": "Alder", "user": "erpnext", "bot_id": "B01"}
			case "/api/chat.postMessage":
				return self._post(body)
		return failed("unknown_method")

	def _post(self, body: dict[str, Any]) -> tuple[int, Any]:
		channel, thread = body.get("channel"), body.get("thread_ts")
		if channel not in self.channels:
			return failed("channel_not_found")
		if channel in self.archived:
			return failed("is_archived")
		if not body.get("text"):
			return failed("no_text")
		if wrong := wrong_block(body.get("blocks") or []):
			return failed("invalid_blocks", response_metadata={"messages": [f"[ERROR] {wrong}"]})
		if thread and (channel, thread) not in self.messages:
			return failed("thread_not_found")
		ts = f"1700000000.{next(self._numbers):06d}"
		message = {**body, "ts": ts}
		self.messages[channel, ts] = message
		return 200, {"ok": True, "channel": channel, "ts": ts, "message": message}

	def _told(self, ts: str, body: dict[str, Any]) -> tuple[int, Any]:
		self.told.append(body)
		if wrong := wrong_block(body.get("blocks") or []):
			raise Refused(400, {"ok": False, "error": wrong})
		if body.get("replace_original"):
			message = next(one for one in self.messages.values() if one["ts"] == ts)
			message |= {"text": body["text"], "blocks": body.get("blocks", [])}
		return 200, {"ok": True}


def failed(error: str, **more: Any) -> tuple[int, Any]:
	return 200, {"ok": False, "error": error, **more}


def given(request: Request) -> dict[str, Any]:
	"""The arguments of a method, as JSON or as a form."""
	if not request.raw:
		return {}
	if "json" in request.headers.get("Content-Type", ""):
		return json.loads(request.raw)
	return dict(parse_qsl(request.raw.decode()))


def wrong_block(blocks: list[dict[str, Any]]) -> str:
	"""What is wrong with blocks, "" where nothing is."""
	if len(blocks) > MOST_BLOCKS:
		return "too many blocks"
	return next(filter(None, map(_wrong_in, blocks)), "")


def _wrong_in(block: dict[str, Any]) -> str:
	match block.get("type"):
		case "section":
			return "" if 0 < len(block["text"]["text"]) <= SECTION_TEXT else "text of a section"
		case "header":
			plain = block["text"]["type"] == "plain_text"
			return "" if plain and 0 < len(block["text"]["text"]) <= HEADER_TEXT else "text of a header"
		case "actions" | "context":
			wrong = not block["elements"] or any(_wrong_element(one) for one in block["elements"])
			return "elements" if wrong else ""
	return f"unsupported type: {block.get('type')}"


def _wrong_element(element: dict[str, Any]) -> bool:
	if element["type"] in ("mrkdwn", "plain_text"):
		return not element["text"]
	text = element["text"]
	return (
		element["type"] != "button"
		or text["type"] != "plain_text"
		or not 0 < len(text["text"]) <= BUTTON_TEXT
		or len(element.get("value", "")) > BUTTON_VALUE
		or ("url" in element and not element["url"].startswith("http"))
	)


def signature(stamp: str, body: bytes) -> str:
	"""https://docs.slack.dev/authentication/verifying-requests-from-slack/"""
	made = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
	return f"v0={made.hexdigest()}"
