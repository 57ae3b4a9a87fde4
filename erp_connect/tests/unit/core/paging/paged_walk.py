"""A walk over the pages of a real HTTP source, as the pull does it, with nothing stored but the position as JSON."""

from __future__ import annotations

import json
from typing import Any

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.egress import Policy
from erp_connect.core.paging.request import Built, build, request_from
from erp_connect.core.paging.walk import PageFacts, advance, first
from erp_connect.core.parse.answer import JSON, read_answer
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest

MAX_PAGES = 2000


class Broken(Exception):
	"""A page that did not come."""


class Walk:
	"""One walk. values: the fields of a flow. after_page: called between two pages."""

	def __init__(
		self, base_url: str, values: dict[str, Any], since: Any = None, after_page: Any = None
	) -> None:
		self.base_url = base_url
		self.spec = request_from(values)
		self.values = values
		self.since = since
		self.after_page = after_page
		self.records: list[dict[str, Any]] = []
		self.asked: list[Built] = []
		self.failures = 0
		self.stored = json.dumps(first(self.spec.paging, since))

	def run(self) -> Walk:
		"""To the end; each page starts with a new client from the stored position, also after a failure."""
		while self.stored != "null":
			with HttpClient(Policy.of(["127.0.0.0/8"])) as client:
				try:
					self.page(client)
				except (Broken, TransportError):
					self.failures += 1
					if self.failures > 5:
						raise
			if self.after_page:
				self.after_page(self)
		return self

	def page(self, client: HttpClient) -> None:
		position = json.loads(self.stored)
		built = build(self.spec, {"since": self.since, "account": {"name": "A"}}, position, self.base_url)
		self.asked.append(built)
		assert len(self.asked) < MAX_PAGES, "the walk does not end"
		facts = self.ask(client, built)
		following = advance(self.spec.paging, position, facts)
		self.records += facts.records
		self.stored = json.dumps(following)

	def ask(self, client: HttpClient, built: Built) -> PageFacts:
		body = b"" if built.body is None else json.dumps(built.body).encode()
		url = built.url(self.base_url)
		answer = client.send(HttpRequest(built.method, url, built.headers, body))
		read = read_answer(answer.body, answer.content_type)
		if answer.status not in (200, 204) or (answer.body and read.kind != JSON):
			raise Broken(answer.status)
		path = self.values.get("pull_records")
		records = (compile_expression(path).search(read.data) if path else read.data) or []
		return PageFacts(
			data=read.data,
			headers=answer.headers,
			records=records,
			changed=[record["modified"] for record in records],
			base_url=self.base_url,
			ids=[record["id"] for record in records],
			url=url,
		)

	@property
	def ids(self) -> list[str]:
		return [record["id"] for record in self.records]
