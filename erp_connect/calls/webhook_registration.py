"""Asks a system for its subscriptions to webhooks, for new ones, and to end them. Keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

import frappe

from erp_connect.calls import connection as connections
from erp_connect.calls.exchange import Result
from erp_connect.config import account as accounts
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.payload.serialise import serialise
from erp_connect.core.presets import subscriptions
from erp_connect.core.presets.registration import Call, Listing, Registration
from erp_connect.core.presets.subscriptions import Listed, Made, Wanted
from erp_connect.messages import describe

# Pages of the list of subscriptions; an account has a handful.
PAGES = 50


class NotRegistered(ConnectError):
	"""The other side did not do it. hopeless: whatever else is asked of it now will fail as well."""

	default_code = "not_registered"

	def __init__(self, result: Result) -> None:
		super().__init__("{remote}", remote=Whole(describe(result.outcome)))
		self.hopeless = result.outcome.kind in (outcomes.AUTH, outcomes.PAUSE) or result.status is None


class Registrar:
	"""An open way to an account for its subscriptions. Close it in the end.

	values: what fills the places of the preset's requests, besides what belongs to one subscription.
	"""

	def __init__(self, doc, registration: Registration, values: Mapping[str, str]) -> None:
		self.account = accounts.from_document(doc)
		self.registration = registration
		self.values = dict(values)
		self._connection = connections.open_connection(doc, self.account)

	@property
	def base_url(self) -> str:
		"""Where subscriptions are made: their ids mean something there only."""
		return self._connection.base_url

	def close(self) -> None:
		self._connection.close()

	def subscribe(self, wanted: Wanted) -> Made:
		"""Make a subscription. Raises `NotRegistered`, and ConfigurationError where the answer does not say its id."""
		call = self.registration.subscribe
		own = subscriptions.own_values(call, self.values["title"], wanted, datetime.now(timezone.utc))
		return subscriptions.made(call, self._ask(call, own, wanted.names).answer.data)

	def unsubscribe(self, known: str) -> None:
		"""End a subscription by its id; one that is gone already is as good. Raises `NotRegistered`.

		Nothing happens where the system offers no way to end one.
		"""
		if self.registration.unsubscribe:
			self._ask(self.registration.unsubscribe, {"id": known}, deletes=True)

	def listed(self) -> tuple[Listed, ...] | None:
		"""The subscriptions that the system has; None where it cannot be asked.

		Raises `NotRegistered`, and ConfigurationError for an answer without a list, or one that has no end.
		"""
		listing = self.registration.list
		if listing is None:
			return None
		found: dict[str, Listed] = {}
		for page in self._pages(listing):
			new = [one for one in page if one.id not in found]
			found.update((one.id, one) for one in new)
			if not new or not subscriptions.turns_pages(listing):
				return tuple(found.values())
		raise ConfigurationError(
			"The list of webhooks has no end: {pages} pages were read. Tell the preset's author.",
			code="endless_list",
			pages=PAGES,
		)

	def _pages(self, listing: Listing) -> Iterator[tuple[Listed, ...]]:
		after = ""
		for page in range(1, PAGES + 1):
			result = self._ask(listing, {"page": str(page), "after": after})
			found = subscriptions.listed(listing, result.answer.data)
			after = found[-1].id if found else after
			yield found

	def _ask(
		self, call: Call, values: Mapping[str, str], topics: tuple[str, ...] = (), *, deletes: bool = False
	) -> Result:
		request = subscriptions.request(call, {**self.values, **values}, self.account.inputs, topics)
		body, content_type = self._body(request.body, is_graphql=bool(call.graphql))
		result = self._connection.send(
			request.method, request.path, body, content_type, "", flow=None, creates=False, deletes=deletes
		)
		if result.outcome.kind != outcomes.DELIVERED:
			raise NotRegistered(result)
		return result

	def _body(self, body: Any, *, is_graphql: bool) -> tuple[bytes, str]:
		if body is None:
			return b"", ""
		return serialise(body, "JSON" if is_graphql else self.account.payload_format, self.account.xml_root)


def values_of(doc, address: str, secret: str) -> dict[str, str]:
	"""What the requests of an account's subscriptions may name. address: that is to be called."""
	return {"address": address, "secret": secret, "title": f"{doc.name} ({frappe.local.site})"}
