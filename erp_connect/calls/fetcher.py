"""Fetches a single record from outside, where a list or a webhook holds only part of it. Writes nothing."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.calls import connection as connections
from erp_connect.calls import nested_pages, rate_gate, switch
from erp_connect.calls import state as account_state
from erp_connect.calls.exchange import Connection, Result
from erp_connect.config import inputs
from erp_connect.config.account import Account
from erp_connect.config.inflow import InFlow
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.expressions.text_template import fill_json
from erp_connect.core.paging.nested import AFTER
from erp_connect.core.paging.parents import PARENT
from erp_connect.core.parse.answer import remote_message
from erp_connect.core.payload.serialise import serialise
from erp_connect.jobs import steps
from erp_connect.jobs.steps import Steps
from erp_connect.messages import describe, in_own_words, translate
from erp_connect.records import identity

GONE = frozenset({404, 410})
# Longest time to sit out a rate limit; beyond it the record comes later.
PATIENCE_SECONDS = 5.0
PAUSED_SECONDS = 60.0


class NotFetched(ConnectError):
	"""The record cannot be had now. passing: it may be there later."""

	default_code = "not_fetched"

	def __init__(self, reason: str, *, passing: bool) -> None:
		super().__init__("The record could not be fetched: {reason}", reason=Whole(reason))
		self.passing = passing
		self.code = "not_fetched" if passing else "fetch_refused"


class NotNow(ConnectError):
	"""The account may not be asked now. seconds: until it is worth trying again."""

	default_code = "waiting"

	def __init__(self, seconds: float) -> None:
		super().__init__("The account is paused or asked to slow down. {trying}")
		self.seconds = seconds


class GoneOutside(ConnectError):
	"""The record does not exist outside any more."""

	default_code = "gone_outside"


# What stands for it in a template.
ASKED_BY = "external_id"
# Under which a fetched record keeps what had come of it.
CAME_AS = "_event"


class Fetcher:
	"""One open way to an account, made when it is first needed. Close it, unless the connection was given.

	paced: `whole` keeps to the limits of the account, and commits.
	"""

	def __init__(
		self, account: Account, connection: Connection | None = None, *, paced: bool = False
	) -> None:
		self.account = account
		self.paced = paced
		self._connection = connection

	def close(self) -> None:
		if self._connection:
			self._connection.close()
			self._connection = None

	def whole(self, flow: InFlow, record: Any) -> Any:
		"""`fetched`, here and now."""
		return steps.run(self.fetched(flow, record))

	def fetched(self, flow: InFlow, record: Any) -> Steps[Any]:
		"""`record`, or what its own address holds where the flow says so, with all entries of its lists, and with what came as
		its `_event`.

		Raises `NotFetched`, `NotNow`, `GoneOutside`, and `ConnectError`s of the flow's template.
		"""
		if not isinstance(record, dict) or not flow.is_part(record):
			return record
		# Last, so that no record from outside can stand for a cursor.
		context = {**record, "external_id": identity.required(flow, record), AFTER: {}}
		asked = self._request(flow, context)
		found = yield from self._had(flow, context)
		try:
			found = yield from nested_pages.completed(
				flow,
				found,
				lambda after: self._request(flow, {**context, AFTER: after}) != asked,
				lambda after: self._had(flow, {**context, AFTER: after}),
			)
		except nested_pages.ChangedMeanwhile as error:
			raise NotFetched(translate(error), passing=True) from None
		# What only the list or the webhook says, such as the order of a refund.
		kept = {CAME_AS: record, **({PARENT: record[PARENT]} if PARENT in record else {})}
		found = {**found, **kept}
		_require_asked(flow, found, context["external_id"])
		return found

	def _had(self, flow: InFlow, context: dict[str, Any]) -> Steps[dict[str, Any]]:
		"""The record, or a page of it, that one request gives. Raises as `fetched`."""
		result = yield from self._in_turn(flow, context)
		if is_gone(result):
			raise GoneOutside(
				"The record {id} does not exist outside any more.", id=context["external_id"] or "-"
			)
		if result.outcome.kind != outcomes.DELIVERED or not result.answer.structured:
			raise self._failure(result)
		self.require_no_errors(flow, result)
		data = result.answer.data
		found = flow.fetch_result.search(data) if flow.fetch_result else data
		if not isinstance(found, dict):
			raise NotFetched(frappe._("the answer holds no record"), passing=False)
		return identity.with_etag(flow, found, result.raw_headers)

	def require_no_errors(self, flow: InFlow, result: Result) -> None:
		"""Raises `NotFetched` for an answer to a GraphQL query that holds `errors`: what came beside them may lack a part,
		and an answer without the record does not say that it is there."""
		data = result.answer.data if result.answer.structured else None
		if asks_graphql(flow) and isinstance(data, dict) and data.get("errors"):
			raise NotFetched(self._open().redactor.text(remote_message(data)) or "-", passing=False)

	def _in_turn(self, flow: InFlow, context: dict[str, Any]) -> Steps[Result]:
		if not self.paced:
			return (yield from self.ask(flow, context))
		while wait := self._wait():
			if wait > PATIENCE_SECONDS:
				raise NotNow(wait)
			yield wait
		result = yield from self.ask(flow, context)
		account_state.save_state(self.account, [result.outcome])
		return result

	def _wait(self) -> float:
		return rate_gate.permitted_in(self.account) if switch.may_send(self.account.name) else PAUSED_SECONDS

	def ask(self, flow: InFlow, context: dict[str, Any]) -> Steps[Result]:
		"""The exchange that asks for one record. context: what the templates of its path and its body may
		use, besides the inputs."""
		request = self._request(flow, context)
		return (yield from self._open().exchange(*request, "", flow=None, creates=False))

	def _request(self, flow: InFlow, context: dict[str, Any]) -> tuple[str, str, bytes, str]:
		"""Method, path, body and content type of `ask`. Raises `ConnectError` for a template that cannot be filled."""
		# Last, so that no record from outside can stand for an input.
		context = {**context, inputs.IN_TEMPLATES: dict(self.account.inputs)}
		path = render_path(flow.fetch_path, context)
		if flow.fetch_body is None:
			return "GET", path, b"", ""
		return "POST", path, *serialise(fill_json(flow.fetch_body, context))

	def _open(self) -> Connection:
		if self._connection is None:
			settings = frappe.get_cached_doc("Integration Settings", self.account.name)
			self._connection = connections.open_connection(settings, self.account)
		return self._connection

	def _failure(self, result: Result) -> ConnectError:
		if result.outcome.kind == outcomes.DELIVERED:
			return NotFetched(frappe._("the answer is not JSON or XML"), passing=False)
		return failure(self.account, result.outcome)


def _require_asked(flow: InFlow, found: dict[str, Any], asked: str | None) -> None:
	"""Raises `NotFetched` where a record was asked for by its external id, and another one came.

	A source that does not know the parameter, and gives its first record each time, would make all records that one.
	"""
	template = f"{flow.fetch_path} {json.dumps(flow.fetch_body)}"
	own = f"{{{flow.external_id.text}}}" if flow.external_id else ASKED_BY
	if asked is None or (ASKED_BY not in template and own not in template):
		return
	other = identity.identify(flow, found)
	if other is not None and other != asked:
		text = frappe._(
			"{0} was asked for, and the answer holds {1}. If the two were merged outside, merge their documents here and press "
			"Skip; otherwise correct Address of a single record (tab Pull) of the flow"
		)
		raise NotFetched(text.format(asked, other), passing=False)


def asks_graphql(flow: InFlow) -> bool:
	"""Whether a record is asked for by a GraphQL query, of which an answer with `errors` is not the whole.

	https://spec.graphql.org/October2021/#sec-Errors
	"""
	return isinstance(flow.fetch_body, dict) and isinstance(flow.fetch_body.get("query"), str)


def is_gone(result: Result) -> bool:
	"""Whether an answer says that the record does not exist: by its status, unless a rule says otherwise."""
	if result.outcome.code in ("record_gone", "nothing_to_do"):
		return True
	return result.status in GONE and result.outcome.code in ("not_found", "gone")


def failure(account: Account, outcome: Outcome) -> NotFetched | NotNow:
	"""Why a record could not be had. Where only a person can help, the account is paused, and that is committed."""
	if outcome.kind == outcomes.THROTTLE:
		return NotNow(account.retry.asked_delay(outcome.retry_after))
	if outcome.kind in (outcomes.AUTH, outcomes.PAUSE):
		switch.pause(account.name, in_own_words(outcome))
		frappe.db.commit()  # the pause must last, whatever becomes of the record
		return NotNow(PAUSED_SECONDS)
	return NotFetched(describe(outcome), passing=outcome.resend or outcome.kind == outcomes.UNKNOWN)
