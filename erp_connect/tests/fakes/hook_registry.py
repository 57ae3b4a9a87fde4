"""A system where webhooks are registered by API, in the two ways that systems have.

`/hooks`: one for each topic, JSON, in pages of two, and switched off by itself; a second one for the same address and
topic is refused. `/channels`: one for all topics, as a form, with a secret in the answer, which expires.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from erp_connect.tests.fakes.quiet_http import QuietHandler, QuietServer

KEY = "Bearer t0p"
PAGE = 2


@dataclass
class Hook:
	id: str
	address: str
	topics: list[str]
	secret: str
	active: bool = True
	expires: int | None = None

	@property
	def shown(self) -> dict[str, Any]:
		"""As the list shows it: without the secret."""
		shown = {
			"id": int(self.id),
			"delivery_url": self.address,
			"status": "active" if self.active else "disabled",
		}
		return {**shown, "topic": self.topics[0], "topics": self.topics, "expires": self.expires}


@dataclass
class HookRegistry:
	"""hooks: by id. lifetime: end of a channel's life as Unix time, None for ever. failing: answers by status, one after
	another, of requests that are done all the same if `done_all_the_same`."""

	hooks: dict[str, Hook] = field(default_factory=dict)
	lifetime: int | None = None
	failing: list[int] = field(default_factory=list)
	done_all_the_same: bool = False
	requests: list[str] = field(default_factory=list)

	def __post_init__(self) -> None:
		self._lock, self._last = threading.Lock(), 100
		self._server = _Server(("127.0.0.1", 0), _Handler)
		self._server.registry = self
		self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

	def __enter__(self) -> HookRegistry:
		threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
		return self

	def __exit__(self, *_: object) -> None:
		self._server.shutdown()
		self._server.server_close()

	def topics(self) -> list[str]:
		"""Of all hooks, sorted."""
		return sorted(topic for hook in self.hooks.values() for topic in hook.topics)

	def answer(self, method: str, target: str, body: str, key: str) -> tuple[int, Any]:
		with self._lock:
			self.requests.append(f"{method} {target}")
			if key != KEY:
				return 401, {"message": "wrong key"}
			status = self.failing.pop(0) if self.failing else 0
			if status and not self.done_all_the_same:
				return status, {"message": "not now"}
			found = self._answer(method, target, body)
			return (status, {"message": "not now"}) if status else found

	def _answer(self, method: str, target: str, body: str) -> tuple[int, Any]:
		parts = urlsplit(target)
		kind, _, known = parts.path.strip("/").partition("/")
		if method == "DELETE":
			return (204, None) if self.hooks.pop(known, None) else (404, {"message": "no such hook"})
		if method == "GET":
			page = int(dict(parse_qsl(parts.query)).get("page", 1))
			rows = [hook.shown for hook in self.hooks.values()]
			return 200, {"items": rows[(page - 1) * PAGE : page * PAGE]}
		return self._made(
			*(_of_form(body) if kind == "channels" else _of_json(body)), is_channel=kind == "channels"
		)

	def _made(self, address: str, topics: list[str], secret: str, *, is_channel: bool) -> tuple[int, Any]:
		if not address.startswith("http") or not topics or not (secret or is_channel):
			return 422, {"message": "address, topic and secret are required"}
		if any((hook.address, hook.topics) == (address, topics) for hook in self.hooks.values()):
			return 422, {"message": "address and topic are taken"}
		self._last += 1
		secret = secret or f"answered-{self._last}"
		hook = Hook(str(self._last), address, topics, secret, expires=self.lifetime if is_channel else None)
		self.hooks[hook.id] = hook
		return 201, {**hook.shown, **({"secret": secret} if is_channel else {})}


def _of_json(body: str) -> tuple[str, list[str], str]:
	data = json.loads(body)
	return data.get("delivery_url", ""), [data["topic"]], data.get("secret", "")


def _of_form(body: str) -> tuple[str, list[str], str]:
	fields = parse_qsl(body)
	return dict(fields).get("url", ""), [value for name, value in fields if name.startswith("events")], ""


class _Server(QuietServer):
	registry: HookRegistry


class _Handler(QuietHandler):
	server: _Server

	def _any(self) -> None:
		length = int(self.headers.get("Content-Length") or 0)
		body = self.rfile.read(length).decode()
		status, data = self.server.registry.answer(
			self.command, self.path, body, self.headers.get("Authorization", "")
		)
		self.send_json(status, data)

	do_GET = do_POST = do_DELETE = _any
