"""What every call of the API has in common: caller, capability, input, one effect per key, answer, errors, log.

A handler gets a checked model and returns a `Reply`; it knows nothing of HTTP. JSON or XML goes in by content
type and comes out by `Accept`. A caller never sees a traceback: the details stand in Sync Log under the trace id
of the answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import frappe
from pydantic import BaseModel
from werkzeug.wrappers import Response

from erp_connect.core.values.ids import ID_LIMIT
from erp_connect.records import failures
from erp_connect.records.failures import ApiError
from erp_connect.served import background, idempotency, key_headers, wire
from erp_connect.served.caller import Caller, identify
from erp_connect.store import database, installation, keys, schema
from erp_connect.store.transactions import read_committed

KEY_HEADER = "Idempotency-Key"
KEY_LIMIT = 255
# For a caller to wait when the database went away.
RETRY_SECONDS = 5


@dataclass(frozen=True)
class Reply:
	"""data: the answer. doctype, name, external_id: the document it is about, for the log. status: HTTP status.

	only_json: for data whose names XML cannot carry. file: what is answered instead of `data`. settled: what is still to be
	done in the same transaction once the call is written down, by the name of its event.
	"""

	data: Any
	doctype: str | None = None
	name: str | None = None
	external_id: str | None = None
	status: int = 200
	only_json: bool = False
	file: wire.FileAnswer | None = None
	settled: Callable[[str], None] | None = None


Handler = Callable[[Caller, Any], Reply]


@dataclass(frozen=True)
class Operation:
	"""One call of the API, also as the OpenAPI document describes it. also: HTTP method that does the same as POST.

	by_get: it writes and may all the same come by GET, see `operation`. content_types: of the files that it answers.
	"""

	name: str
	handler: Handler
	model: type[BaseModel]
	answer: type[BaseModel]
	writes: bool
	summary: str
	also: str = ""
	by_get: bool = False
	content_types: tuple[str, ...] = ()


OPERATIONS: dict[str, Operation] = {}


def operation(
	model: type[BaseModel],
	answer: type[BaseModel],
	*,
	writes: bool,
	also: str = "",
	by_get: bool = False,
	content_types: Iterable[str] = (),
) -> Callable[[Handler], Callable[[], Response]]:
	"""Decorator: serve a handler as a call of the API. Put `@frappe.whitelist` above it.

	also: method besides POST by which a call that writes may come, `PUT` or `DELETE`. by_get: it may come by GET with a
	body, too, from callers that know nothing else; only with the account's own pair of headers, for a page of another
	site can make a browser with a session send a GET. content_types: of a call that only reads and answers a file; `answer` is
	then its description alone.
	"""

	def decorate(handler: Handler) -> Callable[[], Response]:
		name = handler.__name__.rstrip("_")  # list_ is served as list
		summary = (handler.__doc__ or "").strip().splitlines()[0]
		OPERATIONS[name] = Operation(
			name, handler, model, answer, writes, summary, also, by_get, tuple(content_types)
		)

		@wraps(handler)
		def call() -> Response:
			return serve(OPERATIONS[name])

		# Frappe looks at the signature: the arguments come from the body, checked by the model.
		call.__signature__ = _NO_ARGUMENTS
		call.__annotations__ = {"return": Response}
		del call.__wrapped__
		return call

	return decorate


def serve(operation: Operation) -> Response:
	"""Answer the current request. Never raises: everything that goes wrong becomes an error answer."""
	trace_id = keys.new_id()
	try:
		caller = identify()
		if operation.name in caller.switched_off:
			raise ApiError(
				403, "switched_off", "{operation} is switched off for this account.", operation=operation.name
			)
		_require_method(operation)
		schema.require()
		installation.require()
		request = wire.read(operation)
		if operation.writes:
			with read_committed():
				return _write(operation, caller, request, trace_id)
		reply = operation.handler(caller, request.model)
		if reply.file:
			return wire.respond_file(reply.file, trace_id)
		return wire.respond(reply.status, reply.data, trace_id, only_json=reply.only_json)
	except Exception as error:
		if database.restore():
			return wire.respond_error(_unavailable(), trace_id)
		frappe.db.rollback()
		answer = failures.of(error, trace_id)
		frappe.db.commit()  # keeps what was logged about it: a GET is rolled back otherwise
		return wire.respond_error(answer, trace_id)


def _require_method(operation: Operation) -> None:
	if (
		operation.writes
		and frappe.request.method == "GET"
		and not (operation.by_get and key_headers.is_proof() and frappe.request.get_data().strip())
	):
		raise ApiError(
			405,
			"method",
			"{operation} writes: send it by POST. By GET it is taken with a body alone, from callers that show the account's "
			"own pair of headers, and no session, token or Basic credentials.",
			operation=operation.name,
		)


def _unavailable() -> ApiError:
	"""The database went away: whether the call had an effect is told by calling again with the same key."""
	return ApiError(
		503, "unavailable", "Try again later, with the same Idempotency-Key.", retry_after=RETRY_SECONDS
	)


def _write(operation: Operation, caller: Caller, request: wire.Request, trace_id: str) -> Response:
	key = _key() or trace_id
	with idempotency.hold(caller.account, operation.name, key):
		claim = idempotency.claim(
			account=caller.account,
			company=caller.company,
			operation=operation.name,
			key=key,
			body=request.raw,
			trace_id=trace_id,
		)
		if claim.answer:
			background.repeat(caller.account, *claim.answer)
			return wire.respond_stored(*claim.answer, trace_id)
		return _work(operation, caller, request, claim.event, trace_id)


def _work(operation: Operation, caller: Caller, request: wire.Request, event: str, trace_id: str) -> Response:
	try:
		reply = operation.handler(caller, request.model)
		body = idempotency.as_json(reply.data)
		idempotency.settle(
			event, reply.status, body, doctype=reply.doctype, name=reply.name, external_id=reply.external_id
		)
		if reply.settled:
			reply.settled(event)
		frappe.db.commit()  # documents and answer together, while the lock on the key is still held
	except Exception as error:
		frappe.db.rollback()
		answer = failures.of(error, trace_id)
		told = failures.detail(error, failures.repeated_by_caller())
		idempotency.fail(event, answer.status, answer.code, told, request.shown(), _id_of(request.model))
		return wire.respond_error(answer, trace_id)
	return wire.respond(reply.status, reply.data, trace_id)


def _id_of(model: BaseModel) -> str | None:
	"""The id outside of what a call is about, where it names one."""
	found = getattr(model, "id", None)
	return found[:ID_LIMIT] if isinstance(found, str) else None


def _key() -> str:
	key = frappe.get_request_header(KEY_HEADER) or ""
	if len(key) > KEY_LIMIT or not key.isascii():
		raise ApiError(
			400,
			"bad_key",
			"The Idempotency-Key is ASCII text of at most {limit} characters.",
			limit=KEY_LIMIT,
		)
	return key


def _no_arguments() -> Response: ...


_NO_ARGUMENTS = inspect.signature(_no_arguments)
