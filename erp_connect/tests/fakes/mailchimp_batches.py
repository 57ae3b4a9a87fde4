"""Batches of an audience at Mailchimp: worked off by and by, with the results in an archive on another host.

https://mailchimp.com/developer/marketing/guides/run-async-requests-batch-endpoint/

Promises: refuses an operation without a method or path that it knows, and a body or id that is no text; a batch is pending
when it is given, and finished after as many looks at it as `looks` says, which carries its operations out; each result has
the id, the status and the answer, as a text, of its operation. The address of the archive takes no proof but its own.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from erp_connect.tests.fakes.provider_http import Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem, QuietHandler

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SIGNATURE = "signature=abc"
MOST_PENDING = 500


class _Handler(QuietHandler):
	def do_GET(self) -> None:
		store = self.server.system
		store.headers.append(dict(self.headers))
		address = urlsplit(self.path)
		if not store.is_open:
			self.send_json(503, {"error": "SlowDown"})
			return
		content = store.files.get(address.path.strip("/"))
		if content is None or address.query != SIGNATURE:
			self.send_json(403, {"error": "AccessDenied"})
			return
		self.send_content(200, content, "application/gzip")


class ResultStore(FakeSystem):
	"""The other host. files: by name. headers: of the requests that came."""

	def __init__(self) -> None:
		self.files: dict[str, bytes] = {}
		self.headers: list[dict[str, str]] = []
		self.is_open = True
		self.serve(_Handler)


class Batches:
	"""What `/batches` does. carry_out: an operation of a batch as a request. looks: at a batch until it is finished."""

	def __init__(self, carry_out: Callable[[Request], tuple[int, Any]]) -> None:
		self._carry_out = carry_out
		self.looks = 1
		self.all: dict[str, dict[str, Any]] = {}
		self.store = ResultStore()
		# Stands in the place of the archive.
		self.content: bytes | None = None

	def stop(self) -> None:
		self.store.stop()

	def answered(self, method: str, rest: list[str], body: Any) -> tuple[int, Any] | None:
		"""None for what there is not."""
		match method, rest:
			case "POST", []:
				return 200, self._told(self._begun(body))
			case "GET", [id_] if id_ in self.all:
				batch = self.all[id_]
				batch["looked"] += 1
				if batch["looked"] >= self.looks and not batch["results"]:
					self._work_off(batch)
				return 200, self._told(batch)
		return None

	def _begun(self, body: Any) -> dict[str, Any]:
		operations = body["operations"]
		assert operations and set(body) == {"operations"}
		assert sum(not batch["results"] for batch in self.all.values()) < MOST_PENDING
		for operation in operations:
			assert operation["method"] in METHODS and operation["path"].startswith("/"), operation
			assert "?" not in operation["path"], operation
			assert isinstance(operation.get("body", ""), str) and isinstance(operation["operation_id"], str)
			assert isinstance(operation.get("params", {}), dict), operation
		id_ = f"batch{len(self.all) + 1}"
		self.all[id_] = {"id": id_, "operations": operations, "looked": 0, "results": []}
		return self.all[id_]

	def _work_off(self, batch: dict[str, Any]) -> None:
		for operation in batch["operations"]:
			query = {name: str(value) for name, value in operation.get("params", {}).items()}
			raw = operation.get("body", "").encode()
			request = Request(operation["method"], "/3.0" + operation["path"], query, {}, raw)
			try:
				status, answer = self._carry_out(request)
			except Refused as refused:
				status, answer = refused.status, refused.body
			batch["results"].append(
				{
					"status_code": status,
					"operation_id": operation["operation_id"],
					"response": "" if answer is None else json.dumps(answer),
				}
			)
		self.store.files[f"{batch['id']}.tar.gz"] = self.content or archive(batch["results"])

	def _told(self, batch: dict[str, Any]) -> dict[str, Any]:
		results = batch["results"]
		return {
			"id": batch["id"],
			"status": "finished" if results else "started" if batch["looked"] else "pending",
			"total_operations": len(batch["operations"]),
			"finished_operations": len(results),
			"errored_operations": sum(result["status_code"] >= 400 for result in results),
			"response_body_url": f"{self.store.url}/{batch['id']}.tar.gz?{SIGNATURE}" if results else "",
		}


def archive(results: list[dict[str, Any]], per_file: int = 2) -> bytes:
	"""The results in several files of an archive, beside its folder, in another order than they were sent in."""
	file = io.BytesIO()
	with tarfile.open(fileobj=file, mode="w:gz") as tar:
		folder = tarfile.TarInfo("./")
		folder.type = tarfile.DIRTYPE
		tar.addfile(folder)
		for place in range(0, len(results), per_file):
			content = json.dumps(results[::-1][place : place + per_file]).encode()
			entry = tarfile.TarInfo(f"./{place}.json")
			entry.size = len(content)
			tar.addfile(entry, io.BytesIO(content))
	return file.getvalue()
