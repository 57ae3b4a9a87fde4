"""An audience at Mailchimp in memory, behaving as the Marketing API documents.

https://mailchimp.com/developer/marketing/api/

Promises: refuses another key, an address that is none, a member in a compliance state that is to be subscribed, and merge
fields that it does not have; a member's id is the MD5 of the address in small letters; `status_if_new` counts for new
members only; lists come by offset and count; a webhook is taken only if its address answers a GET, and is told of what
people do, not of what comes by the API.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import requests

from erp_connect.tests.fakes.mailchimp_batches import Batches
from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

KEY = "0123abcd0123abcd-us21"
LIST = "a1b2c3d4e5"
MERGE_FIELDS = ("FNAME", "LNAME", "PHONE", "ERPNEXT")
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
MOST_IN_PAGE = 1000


def member_id(address: str) -> str:
	return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def problem(status: int, title: str, detail: str = "") -> Refused:
	return Refused(
		status,
		{
			"type": "https://mailchimp.com/developer/marketing/docs/errors/",
			"title": title,
			"status": status,
			"detail": detail,
		},
		**{"Content-Type": "application/problem+json; charset=utf-8"},
	)


class Mailchimp(FakeSystem):
	"""The audience, in a thread of this process. members: by id. calls: (method, path, body) that came."""

	base = "/3.0"

	def __init__(self) -> None:
		self.key = KEY
		self.client = ("mailchimp-client", "mailchimp-client-secret")
		self.tokens: set[str] = set()
		self.members: dict[str, dict[str, Any]] = {}
		self.tags: dict[str, set[str]] = {}
		self.notes: dict[str, list[str]] = {}
		self.webhooks: dict[str, dict[str, Any]] = {}
		self.answers: list[int] = []
		self.complying: set[str] = set()
		self.calls: list[tuple[str, str, Any]] = []
		self.troubles: list[Trouble] = []
		self.clock = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=2)
		self._last = 0
		self.lock = threading.RLock()
		self.batches = Batches(self._of_batch)
		self.serve(Handler)

	def stop(self) -> None:
		self.batches.stop()
		super().stop()

	# What people do

	def join(self, address: str, **merge: str) -> str:
		"""Somebody subscribes by a form."""
		with self.lock:
			member = self._put(
				None, {"email_address": address, "status": "subscribed", "merge_fields": merge}
			)
		self.tell("subscribe", address, merges=merge)
		return member["id"]

	def change(self, id_: str, **merge: str) -> None:
		with self.lock:
			member = self._put(self.members[id_], {"merge_fields": merge})
		self.tell("profile", member["email_address"], merges=merge)

	def leave(self, id_: str, *, tell: bool = True) -> None:
		"""Somebody unsubscribes by the link in a mail."""
		with self.lock:
			member = self._put(self.members[id_], {"status": "unsubscribed"})
			self.complying.add(id_)
		if tell:
			self.tell("unsubscribe", member["email_address"], action="unsub", reason="manual")

	def move(self, id_: str, address: str) -> str:
		"""Somebody changes the address."""
		with self.lock:
			old = self.members[id_]["email_address"]
			member = self._put(self.members[id_], {"email_address": address})
		self.tell("upemail", address, new_email=address, old_email=old, new_id=member["id"][:10])
		return member["id"]

	def tell(self, kind: str, address: str, **data: Any) -> None:
		"""Tell the webhooks; the statuses of their answers go into `answers`."""
		given = {"id": member_id(address)[:10], "email": address, "list_id": LIST, **data}
		for hook in list(self.webhooks.values()):
			if hook["events"].get(kind):
				self.answers.append(self.deliver(hook["url"], kind, given))

	def deliver(self, address: str, kind: str, data: dict[str, Any]) -> int:
		form = {"type": kind, "fired_at": self.clock.strftime("%Y-%m-%d %H:%M:%S")}
		for name, value in data.items():
			parts = value.items() if isinstance(value, dict) else ()
			form |= {f"data[{name}][{part}]": text for part, text in parts} or {f"data[{name}]": value}
		headers = {"Content-Type": "application/x-www-form-urlencoded"}
		return requests.post(address, data=urlencode(form), headers=headers, timeout=30).status_code

	def trouble(self, status: int, method: str = "GET", path: str = "/3.0/lists", **how: Any) -> None:
		self.troubles.append(Trouble(method, path, status, **how))

	# What the API does

	def told_of(self, status: int) -> dict[str, Any]:
		return problem(status, "Too Many Requests" if status == 429 else "Internal Server Error").body

	def answered(self, request: Request) -> tuple[int, Any]:
		body = json.loads(request.raw) if request.raw and request.path != "/3.0/token" else None
		self.calls.append((request.method, request.path, body))
		if not self._known(request.headers.get("Authorization", "")):
			raise problem(
				401,
				"API Key Invalid",
				"Your API key may be invalid, or you've attempted to access the wrong datacenter.",
			)
		match request.parts[1:]:
			case ["ping"]:
				return 200, {"health_status": "Everything's Chimpy!"}
			case ["lists", id_, *rest] if id_ == LIST:
				return self._of_list(request, rest, body)
			case ["batches", *rest]:
				if found := self.batches.answered(request.method, rest, body):
					return found
		raise problem(404, "Resource Not Found", "The requested resource could not be found.")

	def _of_batch(self, request: Request) -> tuple[int, Any]:
		"""An operation of a batch, proved by the proof of the batch."""
		body = json.loads(request.raw) if request.raw else None
		if request.parts[1:3] == ["lists", LIST]:
			return self._of_list(request, request.parts[3:], body)
		raise problem(404, "Resource Not Found", "The requested resource could not be found.")

	def _known(self, proof: str) -> bool:
		kind, _, value = proof.partition(" ")
		if kind.lower() == "basic":
			return base64.b64decode(value).decode().partition(":")[2] == self.key
		return value in ({self.key} if kind == "apikey" else self.tokens)

	def _of_list(self, request: Request, rest: list[str], body: Any) -> tuple[int, Any]:
		match request.method, rest:
			case "GET", []:
				return 200, {"id": LIST, "name": "Friends"}
			case "GET", ["merge-fields"]:
				return 200, {"merge_fields": [{"tag": tag} for tag in MERGE_FIELDS]}
			case "GET", ["members"]:
				return 200, self._listed(request.query)
			case method, ["members", id_, *more]:
				return self._of_member(method, id_, more, body)
			case method, ["webhooks", *more]:
				return self._hooks(method, more, body)
		raise problem(405, "Method Not Allowed")

	def _of_member(self, method: str, id_: str, more: list[str], body: Any) -> tuple[int, Any]:
		known = self.members.get(id_)
		if known is None and (method != "PUT" or more):
			raise problem(404, "Resource Not Found", "The requested resource could not be found.")
		match method, more:
			case "GET", []:
				return 200, known
			case (("PUT" | "PATCH"), []):
				return 200, self._put(known, body)
			case "DELETE", []:
				self._put(known, {})["status"] = "archived"
				return 204, None
			case method, ["tags"]:
				return self._tags(method, id_, body)
			case "POST", ["notes"]:
				if len(body["note"]) > 1000:
					raise problem(400, "Invalid Resource", "The note is too long.")
				self.notes.setdefault(id_, []).append(body["note"])
				return 200, {"id": self.number(), "note": body["note"]}
		raise problem(405, "Method Not Allowed")

	def _tags(self, method: str, id_: str, body: Any) -> tuple[int, Any]:
		own = self.tags.setdefault(id_, set())
		if method == "GET":
			tags = [{"id": number, "name": name} for number, name in enumerate(sorted(own))]
			return 200, {"tags": tags, "total_items": len(tags)}
		for tag in body["tags"]:
			(own.add if tag["status"] == "active" else own.discard)(tag["name"])
		return 204, None

	def _put(self, known: dict[str, Any] | None, body: dict[str, Any]) -> dict[str, Any]:
		address = body.get("email_address") or (known or {}).get("email_address", "")
		self._check(known, address, body)
		status = body.get("status") or (known["status"] if known else body.get("status_if_new"))
		if status not in STATUSES and not (known and status == "archived"):
			raise problem(400, "Invalid Resource", "The resource submitted could not be validated.")
		new, merge = (
			member_id(address),
			{**dict.fromkeys(MERGE_FIELDS, ""), **(known or {}).get("merge_fields", {})},
		)
		if known:
			self.members.pop(known["id"])
		self.clock += timedelta(seconds=1)
		member = {
			"id": new,
			"email_address": address,
			"unique_email_id": new[:10],
			"web_id": known["web_id"] if known else self.number(),
			"status": status,
			"merge_fields": {**merge, **body.get("merge_fields", {})},
			"last_changed": self.clock.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
			"list_id": LIST,
		}
		self.members[new] = member
		return member

	def _check(self, known: dict[str, Any] | None, address: str, body: dict[str, Any]) -> None:
		if "@" not in address or address.endswith("@example.invalid"):
			raise problem(
				400,
				"Invalid Resource",
				f"{address} looks fake or invalid, please enter a real email address.",
			)
		if set(body.get("merge_fields", ())) - set(MERGE_FIELDS):
			raise problem(400, "Invalid Resource", "Your merge fields were invalid.")
		new = member_id(address)
		if known and new != known["id"] and new in self.members:
			raise problem(400, "Member Exists", f"{address} is already a list member.")
		if body.get("status") == "subscribed" and new in self.complying:
			raise problem(
				400, "Member In Compliance State", f"{address} is in a compliance state due to unsubscribe."
			)

	def _listed(self, query: dict[str, str]) -> dict[str, Any]:
		count, offset = int(query.get("count", 10)), int(query.get("offset", 0))
		if count > MOST_IN_PAGE:
			raise problem(400, "Invalid Resource", "count is too large")
		since = query.get("since_last_changed")
		found = [
			one
			for one in self.members.values()
			if not since or datetime.fromisoformat(one["last_changed"]) > _moment(since)
		]
		found.sort(key=lambda one: one[query.get("sort_field", "last_changed")])
		return {"members": found[offset : offset + count], "list_id": LIST, "total_items": len(found)}

	def _hooks(self, method: str, more: list[str], body: Any) -> tuple[int, Any]:
		match method, more:
			case "GET", []:
				return 200, {"webhooks": list(self.webhooks.values()), "list_id": LIST}
			case "POST", []:
				if requests.get(body["url"], timeout=30).status_code != 200:
					raise problem(400, "Invalid Resource", "The URL did not answer a GET request.")
				hook = {"id": f"hook{self.number()}", **body, "list_id": LIST}
				self.webhooks[hook["id"]] = hook
				return 200, hook
			case "DELETE", [id_] if id_ in self.webhooks:
				del self.webhooks[id_]
				return 204, None
		raise problem(404, "Resource Not Found")

	def number(self) -> int:
		self._last += 1
		return self._last


def _moment(text: str) -> datetime:
	found = datetime.fromisoformat(text.replace("Z", "+00:00"))
	return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
