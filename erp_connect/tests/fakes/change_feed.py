"""A source that tells changes by tokens, in three styles.

/files, /changes         page tokens: the first one is had at /changes/startPageToken, before everything is listed; the
                         last page of changes holds `newStartPageToken`. A change names a record or that it is gone.
                         https://developers.google.com/workspace/drive/api/reference/rest/v3/changes/list
/events                  sync tokens: the last page of any list holds `nextSyncToken`; an expired one is answered with 410.
                         https://developers.google.com/workspace/calendar/api/guides/sync
/delta                   links: each page holds `@odata.nextLink` or, at the end, `@odata.deltaLink`, whole addresses; an
                         expired one is answered with 410 and `resyncRequired`, here with 400 in `refused_as`.
                         https://learn.microsoft.com/graph/delta-query-overview
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from erp_connect.tests.fakes.quiet_http import FakeSystem, QuietHandler

PAGE = 3


@dataclass
class Feed:
	"""records: by id. log: ids in the order of their changes; a token is a place in it. forgotten: tokens before it
	have expired."""

	records: dict[str, dict[str, Any]] = field(default_factory=dict)
	log: list[str] = field(default_factory=list)
	forgotten: int = 0

	def put(self, id_: str, name: str) -> None:
		self.records[id_] = {"id": id_, "name": name, "version": len(self.log) + 1}
		self.log.append(id_)

	def remove(self, id_: str) -> None:
		del self.records[id_]
		self.log.append(id_)

	def changed(self, start: int, end: int) -> list[str]:
		"""Ids changed between two places, each once, the last change counting."""
		return list(dict.fromkeys(reversed(self.log[start:end])))[::-1]


class ChangeFeed(FakeSystem):
	"""asked: paths with queries, in order. before_page: called with each path before it is answered."""

	def __init__(self, count: int, refused_as: int = 410) -> None:
		self.feed = Feed()
		self.refused_as = refused_as
		self.asked: list[str] = []
		self.before_page: Callable[[str], None] = lambda path: None
		for number in range(1, count + 1):
			self.feed.put(f"R-{number:06}", f"Record {number}")

	def start(self) -> ChangeFeed:
		self.serve(_Handler)
		return self

	def stop(self) -> None:
		self._server.shutdown()
		self._server.server_close()


class _Expired(Exception):
	pass


class _Handler(QuietHandler):
	def do_GET(self) -> None:
		system, parts = self.server.system, urlsplit(self.path)
		system.asked.append(self.path)
		system.before_page(parts.path)
		query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
		answer = {
			"/changes/startPageToken": self.start_token,
			"/files": self.files,
			"/changes": self.changes,
			"/events": self.events,
			"/delta": self.delta,
		}[parts.path]
		try:
			self.send_json(200, answer(query))
		except _Expired:
			error = {
				"code": "resyncRequired",
				"message": "Resync required.",
				"errors": [{"reason": "fullSyncRequired"}],
			}
			self.send_json(system.refused_as, {"error": error})

	@property
	def feed(self) -> Feed:
		return self.server.system.feed

	def start_token(self, query: dict[str, str]) -> dict[str, Any]:
		return {"kind": "drive#startPageToken", "startPageToken": str(len(self.feed.log))}

	def files(self, query: dict[str, str]) -> dict[str, Any]:
		page, following = self._cut(sorted(self.feed.records), int(query.get("pageToken") or 0))
		more = {} if following is None else {"nextPageToken": str(following)}
		return {"files": [self.feed.records[id_] for id_ in page], **more}

	def changes(self, query: dict[str, str]) -> dict[str, Any]:
		start = self._known(query["pageToken"])
		ids, following = self._cut(self.feed.log, start)
		more = {"newStartPageToken" if following is None else "nextPageToken": str(start + len(ids))}
		found = [
			{"fileId": id_, "removed": id_ not in self.feed.records, "file": self.feed.records.get(id_)}
			for id_ in ids
		]
		return {"changes": found, **more}

	def events(self, query: dict[str, str]) -> dict[str, Any]:
		items, more = self._listed(query.get("syncToken"), query.get("pageToken"))
		names = {"next": "nextPageToken", "token": "nextSyncToken"}
		return {"items": items, **{names[name]: value for name, value in more.items()}}

	def delta(self, query: dict[str, str]) -> dict[str, Any]:
		items, more = self._listed(query.get("$deltatoken"), query.get("$skiptoken"))
		names = {"next": ("@odata.nextLink", "$skiptoken"), "token": ("@odata.deltaLink", "$deltatoken")}
		base = self.server.system.url
		links = {names[name][0]: f"{base}/delta?{names[name][1]}={value}" for name, value in more.items()}
		return {"value": items, **links}

	def _listed(
		self, token: str | None, page_token: str | None
	) -> tuple[list[dict[str, Any]], dict[str, str]]:
		"""Records of everything, or of what changed since a token, with the token of the next page or of the next run.

		A place among the pages is kept as `at.start.end`: what changes on the way belongs to the next run.
		"""
		at, start, end = 0, -1, len(self.feed.log)
		if page_token:
			at, start, end = map(int, page_token.split("."))
		elif token:
			start = self._known(token)
		ids = sorted(self.feed.records) if start < 0 else self.feed.changed(start, end)
		page, following = self._cut(ids, at)
		more = {"token": str(end)} if following is None else {"next": f"{following}.{start}.{end}"}
		gone = {"removed": True, "status": "cancelled"}
		return [self.feed.records.get(id_) or {"id": id_, **gone} for id_ in page], more

	def _known(self, token: str) -> int:
		if int(token) < self.feed.forgotten:
			raise _Expired
		return int(token)

	def _cut(self, ids: list[str], at: int) -> tuple[list[str], int | None]:
		return ids[at : at + PAGE], at + PAGE if at + PAGE < len(ids) else None
