"""Bytes to models and back: reading a request of the API, writing its answer, in JSON or XML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import frappe
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from erp_connect.core.guard.redaction import cap, redact_json
from erp_connect.core.parse.body import parse_body
from erp_connect.core.parse.limits import Limits
from erp_connect.core.parse.texts import require_texts, with_texts
from erp_connect.core.parse.xml_fields import fitted
from erp_connect.core.payload.serialise import normalise, serialise
from erp_connect.messages import filled
from erp_connect.records.failures import ApiError

TRACE_HEADER = "X-Trace-Id"
SHOWN_LIMIT = 16_000
# Room for some thousand records in one call.
LIMITS = Limits(max_bytes=8 * 1024 * 1024, max_keys=200_000, max_items=400_000)


@dataclass(frozen=True)
class FileAnswer:
	"""A file of this machine that is answered as it is. name: for whoever saves it."""

	path: Path
	content_type: str
	name: str


@dataclass(frozen=True)
class Request:
	"""raw: what tells this request from another: the body's bytes, and the query if there is one. model: the
	checked input."""

	raw: bytes
	model: BaseModel

	def shown(self) -> str:
		"""The input as a log may show it."""
		return cap(
			json.dumps(redact_json(self.model.model_dump(mode="json", exclude_unset=True))), SHOWN_LIMIT
		)


def read(operation) -> Request:
	"""The input of the current request, checked against the operation's model.

	What the body does not name may stand in the query. A GET may have a body, too.
	Raises `ApiError`, pydantic's `ValidationError` or `core.inbound_limits.InputError`.
	"""
	request = frappe.request
	raw = request.get_data()
	query = _from_query(operation.model)
	if request.method in ("GET", "HEAD") and not raw.strip():
		return Request(_query_mark(), operation.model.model_validate(query))
	if request.headers.get("Content-Encoding"):
		raise ApiError(415, "unsupported", "Send the body without compression.")
	kind = request.content_type or "application/json"
	data = parse_body(raw, kind, LIMITS, any_text=True) if raw.strip() else {}
	if _is_xml(request.content_type) and isinstance(data, dict) and len(data) == 1:
		data = next(iter(data.values())) or {}
	if isinstance(data, dict) and _is_xml(request.content_type):
		data = fitted(data, operation.model)
	if not isinstance(data, dict):
		raise ApiError(400, "bad_body", "The body is one object with named fields.")
	data = _with_texts(data, getattr(operation.model, "each_by_itself", ""))
	return Request(raw + _query_mark(), operation.model.model_validate(_joined(data, query)))


def _with_texts(data: dict[str, Any], each_by_itself: str) -> dict[str, Any]:
	"""The input, of which every text can be kept, but for those of records that are refused one by one.

	each_by_itself: member with a list of such records. Raises `InputError`, which names the field.
	"""
	require_texts({name: value for name, value in data.items() if name != each_by_itself})
	return {name: with_texts(value) if name == each_by_itself else value for name, value in data.items()}


def respond(status: int, data: Any, trace_id: str, *, only_json: bool = False) -> Response:
	return _response(status, normalise(data), trace_id, only_json)


def respond_file(file: FileAnswer, trace_id: str) -> Response:
	"""A file, piece by piece: its size is no matter of memory. Raises `FileNotFoundError`."""
	frappe.clear_messages()
	stream = file.path.open("rb")
	response = Response(
		wrap_file(frappe.request.environ, stream), content_type=file.content_type, direct_passthrough=True
	)
	response.content_length = file.path.stat().st_size
	response.headers[TRACE_HEADER] = trace_id
	response.headers["Cache-Control"] = "no-store"
	response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": file.name})
	return response


def respond_stored(status: int, body: str, trace_id: str) -> Response:
	"""The answer of an earlier call with the same key."""
	response = _response(status, json.loads(body), trace_id)
	response.headers["Idempotent-Replayed"] = "true"
	return response


def respond_error(error: ApiError, trace_id: str) -> Response:
	message = filled(error.template, error.params)
	data = {
		"error": {"code": error.code, "message": message, "field": error.field or None, "trace_id": trace_id}
	}
	response = _response(error.status, data, trace_id)
	if error.retry_after:
		response.headers["Retry-After"] = str(error.retry_after)
	return response


def _response(status: int, data: Any, trace_id: str, only_json: bool = False) -> Response:
	# What was said to the desk on the way is not for this caller.
	frappe.clear_messages()
	if _wants_xml() and not only_json:
		body, content_type = serialise(data, "XML", xml_root="response")
	else:
		body = json.dumps(data, ensure_ascii=False).encode()
		content_type = "application/json"
	headers = {TRACE_HEADER: trace_id, "Cache-Control": "no-store"}
	return Response(body, status=status, content_type=content_type, headers=headers)


def _wants_xml() -> bool:
	accept = frappe.get_request_header("Accept") or ""
	if "xml" in accept or "json" in accept:
		return "xml" in accept and "json" not in accept
	return _is_xml(frappe.request.content_type)


def _is_xml(content_type: str | None) -> bool:
	return "xml" in (content_type or "")


def _joined(body: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
	"""The fields of the body, and those of the query that it does not have. Raises `ApiError` where they differ."""
	for name in body.keys() & query.keys():
		if not _same(body[name], query[name]):
			raise ApiError(
				400,
				"two_values",
				"{name} stands in the query and in the body, with different values. Send it once.",
				field=name,
				name=name,
			)
	return {**query, **body}


def _same(value: Any, asked: Any) -> bool:
	"""Whether a value of the body is what the query says, which has only text for numbers and the like."""
	if isinstance(value, str):
		return value.strip() == asked
	return value == asked or json.dumps(value) == asked


def _query_mark() -> bytes:
	"""The query as a part of what tells requests apart; empty without one. The order of names does not matter."""
	pairs = sorted(frappe.request.args.items(multi=True))
	return b"\0" + json.dumps(pairs).encode() if pairs else b""


def _from_query(model: type[BaseModel]) -> dict[str, Any]:
	"""Query parameters by name; those the model has as lists may stand several times, objects are JSON."""
	return {
		name: _query_value(name, model.model_fields.get(name), values)
		for name, values in frappe.request.args.lists()
	}


def _query_value(name: str, field: FieldInfo | None, values: list[str]) -> Any:
	text = values[0].strip()
	if field is None:
		return text
	if text.startswith(("[", "{")) and _holds(field.annotation, list, dict, BaseModel):
		return _json(name, text)
	if _holds(field.annotation, list):
		return [part for value in values for part in value.split(",") if part]
	return text


def _holds(annotation: Any, *kinds: type) -> bool:
	"""Whether a field takes one of these kinds, perhaps among others."""
	parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
	origins = [get_origin(part) or part for part in parts]
	return any(isinstance(origin, type) and issubclass(origin, kinds) for origin in origins)


def _json(name: str, text: str) -> Any:
	try:
		return parse_body(text.encode(), "application/json", LIMITS)
	except UnicodeEncodeError:
		raise ApiError(
			400, "bad_query", "Query parameter {name} is not Unicode text.", field=name, name=name
		) from None
