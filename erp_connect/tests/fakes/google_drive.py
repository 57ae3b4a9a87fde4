"""A drive at Google in memory, behaving as Drive API v3 documents.

https://developers.google.com/workspace/drive/api/reference/rest/v3

Promises: gives a token for an assertion that is signed, young, for this audience and scope; lists what a query asks for, in
pages, with the fields that were asked for alone; takes files by resumable sessions, in parts of multiples of 256 KiB that
follow each other, answers 308 with what it has, and says so when it is asked; lets two files of one folder have one name, as
the real one does; tells changes by tokens; sends contents of files, and exports of its own documents; answers errors in its
form.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from erp_connect.tests.fakes.provider_http import Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem, QuietHandler
from erp_connect.tests.fakes.troubles import Trouble, met

FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"
SHORTCUT = "application/vnd.google-apps.shortcut"
SCOPE = "https://www.googleapis.com/auth/drive"
AUDIENCE = "https://oauth2.googleapis.com/token"
GRANULE = 256 * 1024
ROOT, INBOX = "1rootfolderofthefake", "1inboxfolderofthefake"
_TEXT = r"'((?:[^'\\]|\\.)*)'"
_TERMS = (
	(re.compile(rf"{_TEXT} in parents"), lambda one, found: found[1] in one["parents"]),
	(re.compile(rf"name = {_TEXT}"), lambda one, found: one["name"] == found[1]),
	(re.compile(rf"mimeType = {_TEXT}"), lambda one, found: one["mimeType"] == found[1]),
	(re.compile(rf"mimeType != {_TEXT}"), lambda one, found: one["mimeType"] != found[1]),
	(re.compile(r"trashed = false"), lambda one, found: not one["trashed"]),
	(
		re.compile(rf"appProperties has \{{ key={_TEXT} and value={_TEXT} \}}"),
		lambda one, found: one.get("appProperties", {}).get(found[1]) == found[2],
	),
)  # fmt: skip
REASONS = {429: "rateLimitExceeded", 403: "userRateLimitExceeded", 500: "backendError", 503: "backendError"}


def wrong(status: int, reason: str, message: str) -> Refused:
	return Refused(
		status,
		{
			"error": {
				"code": status,
				"message": message,
				"errors": [{"domain": "global", "reason": reason, "message": message}],
			}
		},
	)


class GoogleDrive(FakeSystem):
	"""The drive, in a thread of this process. files: by id, with `content`. sessions: uploads that are under way, by id."""

	def __init__(self, public_key: str = "") -> None:
		self.public_key, self.client_email = public_key, "files@project.iam.gserviceaccount.com"
		self.client, self.refresh_token = ("client.apps", "client-secret"), "1//refresh"
		self.tokens: set[str] = set()
		self.files: dict[str, dict[str, Any]] = {}
		self.sessions: dict[str, dict[str, Any]] = {}
		self.changes: list[str] = []
		self.calls: list[tuple[str, str, dict[str, str]]] = []
		self.ranges: list[str] = []
		self.troubles: list[Trouble] = []
		self.keeps_part: int | None = None
		self.clock = datetime(2026, 11, 1, 9, tzinfo=timezone.utc)
		self._last = 0
		self.lock = threading.RLock()
		self.files[ROOT] = self._new({"name": "Documents", "mimeType": FOLDER, "parents": []}, ROOT)
		self.files[INBOX] = self._new({"name": "Inbox", "mimeType": FOLDER, "parents": []}, INBOX)
		self.serve(DriveHandler)

	# What people do

	def add(self, name: str, content: bytes = b"", parent: str = ROOT, **values: Any) -> str:
		"""Put a file into a folder. Its id."""
		with self.lock:
			given = {"name": name, "parents": [parent], "mimeType": "application/zip", **values}
			made = self._new(given)
			self._fill(made, content)
			return made["id"]

	def change(self, id_: str, content: bytes | None = None, **values: Any) -> None:
		with self.lock:
			self.files[id_].update(values)
			self._fill(self.files[id_], self.files[id_]["content"] if content is None else content)

	def below(self, parent: str = ROOT) -> list[dict[str, Any]]:
		"""What is in a folder and not in the trash."""
		return [one for one in self.files.values() if parent in one["parents"] and not one["trashed"]]

	def trouble(self, status: int, method: str = "GET", path: str = "/drive/v3", **how: Any) -> None:
		self.troubles.append(Trouble(method, path, status, **how))

	def lose_answer(self, method: str = "PUT", path: str = "/upload/drive/v3") -> None:
		self.troubles.append(Trouble(method, path, lose_answer=True))

	# What the API does

	def told_of(self, status: int) -> Any:
		return wrong(status, REASONS.get(status, "backendError"), "not now").body

	def answered(self, request: Request) -> tuple[int, Any, dict[str, str]]:
		"""Status, body (bytes as they are) and headers."""
		if request.path == "/token":
			return self._token(request)
		self.calls.append((request.method, request.path, request.query))
		if request.method == "PUT" and "upload_id" in request.query:
			return self._part(request)
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
			raise wrong(401, "authError", "Invalid Credentials")
		match request.method, request.parts:
			case "POST" | "PATCH", ["upload", "drive", "v3", "files", *rest]:
				return self._session(request, rest)
			case method, ["drive", "v3", "files", *rest]:
				return self._of_files(method, rest, request)
			case "GET", ["drive", "v3", "changes", "startPageToken"]:
				return 200, {"kind": "drive#startPageToken", "startPageToken": str(len(self.changes))}, {}
			case "GET", ["drive", "v3", "changes"]:
				return 200, self._changed(request), {}
		raise wrong(404, "notFound", "Not Found")

	def _of_files(self, method: str, rest: list[str], request: Request) -> tuple[int, Any, dict[str, str]]:
		match method, rest:
			case "GET", []:
				return 200, self._list(request), {}
			case "POST", []:
				return 200, self._shown(self._new(json.loads(request.raw)), request), {}
			case "GET", [id_, "export"]:
				return self._exported(self._one(id_), request)
			case "GET", [id_]:
				return self._got(self._one(id_), request)
			case "PATCH", [id_]:
				return 200, self._shown(self._patched(self._one(id_), json.loads(request.raw)), request), {}
		raise wrong(404, "notFound", "Not Found")

	def _token(self, request: Request) -> tuple[int, Any, dict[str, str]]:
		form = {name: values[0] for name, values in parse_qs(request.raw.decode()).items()}
		if form.get("grant_type") == "refresh_token":
			good = (form.get("client_id"), form.get("client_secret")) == self.client
			good = good and form.get("refresh_token") == self.refresh_token
		else:
			good = form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer" and self._is_mine(
				form.get("assertion", "")
			)
		if not good:
			raise Refused(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
		token = f"ya29.{self.number()}"
		self.tokens.add(token)
		return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}, {}

	def _is_mine(self, assertion: str) -> bool:
		try:
			claims = jwt.decode(
				assertion,
				self.public_key,
				["RS256"],
				audience=AUDIENCE,
				options={"require": ["exp", "iat", "iss", "aud"]},
			)
		except jwt.PyJWTError:
			return False
		lasts = claims["exp"] - claims["iat"]
		return (claims["iss"], claims.get("scope")) == (self.client_email, SCOPE) and 0 < lasts <= 3600

	def number(self) -> int:
		self._last += 1
		return self._last

	def _new(self, given: dict[str, Any], id_: str = "") -> dict[str, Any]:
		for parent in given.get("parents", ()):
			self._one(parent)
		made = {
			"kind": "drive#file",
			"id": id_ or f"1file{self.number():012d}",
			"mimeType": "application/octet-stream",
			"parents": [ROOT],
			"trashed": False,
			"content": b"",
			"createdTime": self._now(),
			**given,
		}
		self.files[made["id"]] = made
		self._fill(made, b"")
		return made

	def _now(self) -> str:
		self.clock += timedelta(seconds=1)
		return self.clock.strftime("%Y-%m-%dT%H:%M:%S.000Z")

	def _fill(self, one: dict[str, Any], content: bytes) -> None:
		one.update(content=content, modifiedTime=self._now())
		one["webViewLink"] = f"https://drive.google.com/file/d/{one['id']}/view"
		one["capabilities"] = {"canAddChildren": one["mimeType"] == FOLDER}
		if not one["mimeType"].startswith("application/vnd.google-apps."):
			one.update(size=str(len(content)), md5Checksum=hashlib.md5(content).hexdigest())
		self.changes.append(one["id"])

	def _one(self, id_: str) -> dict[str, Any]:
		if id_ not in self.files:
			raise wrong(404, "notFound", f"File not found: {id_}.")
		return self.files[id_]

	def _patched(self, one: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
		marks = {**one.get("appProperties", {}), **given.pop("appProperties", {})}
		one.update(given, appProperties=marks)
		self._fill(one, one["content"])
		return one

	def _shown(self, one: dict[str, Any], request: Request) -> dict[str, Any]:
		names = _names(request.query.get("fields", "kind,id,name,mimeType"))
		return {name: one[name] for name in names if name in one and name != "content"}

	def _list(self, request: Request) -> dict[str, Any]:
		found = [one for one in self.files.values() if _fits(one, request.query.get("q", ""))]
		if request.query.get("orderBy", "createdTime") != "createdTime":
			raise wrong(400, "invalid", "Invalid value")
		found.sort(key=lambda one: (one["createdTime"], one["id"]))
		return self._page(found, "files", request)

	def _page(self, found: list, name: str, request: Request) -> dict[str, Any]:
		start, size = int(request.query.get("pageToken", 0)), int(request.query.get("pageSize", 100))
		fields = request.query.get("fields", "")
		inner = re.search(rf"{name}\((.*)\)", fields)
		names = _names(inner[1]) if inner else ["kind", "id", "name", "mimeType"]
		answer: dict[str, Any] = {
			name: [{key: one[key] for key in names if key in one} for one in found[start : start + size]]
		}
		if start + size < len(found) and "nextPageToken" in fields:
			answer["nextPageToken"] = str(start + size)
		return answer

	def _changed(self, request: Request) -> dict[str, Any]:
		start, size = int(request.query["pageToken"]), int(request.query.get("pageSize", 100))
		inner = re.search(r"file\((.*?)\)", request.query.get("fields", ""))
		names = _names(inner[1]) if inner else ["id"]
		# Of several changes of one file, the last one is told.
		ids = [
			id_
			for place, id_ in enumerate(self.changes[start:], start)
			if id_ not in self.changes[place + 1 :]
		]
		rows = []
		for id_ in ids[:size]:
			row: dict[str, Any] = {"fileId": id_, "removed": id_ not in self.files}
			if id_ in self.files:
				row["file"] = {key: self.files[id_][key] for key in names if key in self.files[id_]}
			rows.append(row)
		if len(ids) > size:
			last = max(place for place, id_ in enumerate(self.changes) if id_ == ids[size - 1])
			return {"changes": rows, "nextPageToken": str(last + 1)}
		return {"changes": rows, "newStartPageToken": str(len(self.changes))}

	def _got(self, one: dict[str, Any], request: Request) -> tuple[int, Any, dict[str, str]]:
		if request.query.get("alt") != "media":
			return 200, self._shown(one, request), {}
		if one["mimeType"].startswith("application/vnd.google-apps."):
			raise wrong(403, "fileNotDownloadable", "Only files with binary content can be downloaded.")
		return 200, one["content"], {"Content-Type": one["mimeType"]}

	def _exported(self, one: dict[str, Any], request: Request) -> tuple[int, Any, dict[str, str]]:
		if one["mimeType"] != DOCUMENT:
			raise wrong(403, "fileNotExportable", "Export only supports Docs Editors files.")
		wanted = request.query["mimeType"]
		return 200, one["content"], {"Content-Type": wanted}

	# Uploads

	def _session(self, request: Request, rest: list[str]) -> tuple[int, Any, dict[str, str]]:
		if request.query.get("uploadType") != "resumable":
			raise wrong(400, "badRequest", "this fake takes resumable uploads alone")
		given = json.loads(request.raw or b"{}")
		if rest:
			self._one(rest[0])
		for parent in given.get("parents", ()):
			self._one(parent)
		id_ = f"AEnB{self.number():08d}"
		self.sessions[id_] = {
			"of": rest[0] if rest else "",
			"given": given,
			"content": b"",
			"fields": request.query.get("fields", "kind,id,name,mimeType"),
		}
		return 200, None, {"Location": f"{self.url}{request.path}?uploadType=resumable&upload_id={id_}"}

	def _part(self, request: Request) -> tuple[int, Any, dict[str, str]]:
		session = self.sessions.get(request.query["upload_id"])
		if session is None:
			raise wrong(404, "notFound", "upload session not found")
		told = request.headers.get("Content-Range", "")
		self.ranges.append(told)
		if "done" in session:
			return self._whole(session)
		if asked := re.fullmatch(r"bytes \*/(\d+)", told):
			if request.raw:
				raise wrong(400, "badRequest", "a question has no body")
			return (
				self._whole(session)
				if len(session["content"]) == int(asked[1])
				else self._incomplete(session)
			)
		start, total = _place(told, request.raw)
		if start != len(session["content"]):
			raise wrong(400, "badRequest", "parts have to follow each other")
		kept = request.raw if self.keeps_part is None else request.raw[: self.keeps_part]
		self.keeps_part = None
		session["content"] += kept
		return self._whole(session) if len(session["content"]) == total else self._incomplete(session)

	def _incomplete(self, session: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
		there = len(session["content"])
		return 308, None, {"Range": f"bytes=0-{there - 1}"} if there else {}

	def _whole(self, session: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
		if "done" not in session:
			if session["of"]:
				one = self._patched(self._one(session["of"]), dict(session["given"]))
			else:
				one = self._new(dict(session["given"]))
			self._fill(one, session["content"])
			session["done"] = one["id"]
		one = self.files[session["done"]]
		return 200, {name: one[name] for name in _names(session["fields"]) if name in one}, {}


def _place(told: str, part: bytes) -> tuple[int, int]:
	"""Where a part begins, and how large the whole is. told: its Content-Range; empty for a whole file."""
	if not told:
		return 0, len(part)
	match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", told)
	if not match or int(match[2]) - int(match[1]) + 1 != len(part):
		raise wrong(400, "badRequest", f"Invalid Content-Range: {told}")
	start, total = int(match[1]), int(match[3])
	if start + len(part) < total and len(part) % GRANULE:
		raise wrong(400, "badRequest", "the size of a part has to be a multiple of 256 KiB")
	return start, total


def _names(fields: str) -> list[str]:
	return [name.strip() for name in re.sub(r"\([^()]*\)", "", fields).split(",") if name.strip()]


def _fits(one: dict[str, Any], query: str) -> bool:
	rest = query
	for term, fits in _TERMS:
		while found := term.match(rest) or term.search(rest):
			texts = [re.sub(r"\\(.)", r"\1", text) for text in found.groups()]
			if not fits(one, ["", *texts]):
				return False
			rest = rest[: found.start()] + rest[found.end() :]
	if rest.replace(" and ", " ").strip().replace("and", "").strip():
		raise wrong(400, "invalid", f"Invalid Value: {query}")
	return True


class DriveHandler(QuietHandler):
	def do_GET(self) -> None:
		drive, address = self.server.system, urlsplit(self.path)
		query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
		request = Request(self.command, address.path, query, self.headers, self.body())
		with drive.lock:
			trouble = met(drive.troubles, request.method, request.path)
			try:
				if trouble and trouble.status:
					raise Refused(trouble.status, drive.told_of(trouble.status), **trouble.headers)
				status, data, headers = drive.answered(request)
			except Refused as refused:
				status, data, headers = refused.status, refused.body, refused.headers
		if trouble and trouble.lose_answer:
			self.close_connection = True
			return
		if not isinstance(data, bytes):
			self.send_json(status, data, headers)
			return
		self.send_response(status)
		for name, value in {**headers, "Content-Length": str(len(data))}.items():
			self.send_header(name, value)
		self.end_headers()
		self.wfile.write(data)

	do_POST = do_PUT = do_DELETE = do_PATCH = do_GET
