"""The OpenAPI 3.1 document of the API, made from the calls themselves: what is not served is not described.

Promises no secrets and nothing of the site's data: only models, addresses and names of headers.
https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from erp_connect.served.caller import ACCOUNT_HEADER
from erp_connect.served.endpoint import KEY_HEADER, KEY_LIMIT, Operation
from erp_connect.served.wire import TRACE_HEADER

API = "erp_connect.api.v1"
VERSION = "1.0"
REFERENCE = "#/components/schemas/{model}"
JSON, XML = "application/json", "application/xml"
DESCRIPTION = f"""Calls for shops, apps and integration platforms. Each acts with the rights of its user.

**Formats.** JSON, or XML by `Content-Type` and `Accept`; in XML the body is one element of any name with the
fields as elements, and the answer's root is `response`. Calls that only read also answer to GET, with the fields as
query parameters; a POST may have fields there too, as long as the body does not contradict them. In XML a list is its
element repeated, or all of them in one element (`<lines><line/></lines>`); an empty element is as if it were not there.

**Writes by GET.** `create_customer`, `create_order` and `cancel_order` also come by GET with a body, where the caller
can do no better: only with the account's own pair of headers. Proxies may repeat a GET: send an external id or an
`{KEY_HEADER}`.

**Errors** have one shape, `Error`. The whole story stands in the site's list of events under the trace id, which every
answer carries in `{TRACE_HEADER}`.

**Writes** take an `{KEY_HEADER}`: the same key with the same body gives the first answer again, without a
second effect; a call that failed may be repeated with its key.

**Pages.** Pass `next` of an answer as `after` of the following call, until it is null.
"""
ERRORS = {
	400: ("BadRequest", "The request cannot be read."),
	401: ("Unauthenticated", "No valid credentials came with the request."),
	403: ("Forbidden", "The user may not do this, or the account does not allow it."),
	404: ("NotFound", "There is no such record, or the user may not see it."),
	409: ("Conflict", "Held for a person to decide, a duplicate, or another request is at it: see `code`."),
	410: ("Gone", "It was there, and is not kept any longer."),
	413: ("TooLarge", "The body is too large."),
	415: ("Unsupported", "The body's type, charset or compression is not accepted."),
	422: ("Invalid", "A field is missing or wrong; `field` names it."),
	429: ("TooMany", "More calls than the account allows in a minute, or too many wrong keys."),
	500: ("Internal", "Something went wrong here. Quote the trace id to the administrator."),
	503: ("Unavailable", "The site cannot answer this just now."),
}
WITH_RETRY = (409, 429, 503)
TOO_LARGE = 413
ERROR_SCHEMA = {
	"type": "object",
	"description": "What went wrong",
	"properties": {
		"error": {
			"type": "object",
			"properties": {
				"code": {"type": "string", "description": "Short word that programs can branch on"},
				"message": {"type": "string", "description": "For people: what to do next"},
				"field": {
					"type": ["string", "null"],
					"description": "The field of the request that is to blame",
				},
				"trace_id": {"type": "string", "description": "Name of this request among the site's events"},
			},
			"required": ["code", "message", "field", "trace_id"],
		}
	},
	"required": ["error"],
}


def document(
	operations: list[Operation], *, site: str, key_header: str = "", secret_header: str = ""
) -> dict[str, Any]:
	"""The description of `operations` as served at `site` (an URL).

	key_header, secret_header: names of the account's own pair of headers; empty: the usual names.
	"""
	schemas = _schemas(operations)
	return {
		"openapi": "3.1.0",
		"info": {"title": "ERP Connect", "version": VERSION, "description": DESCRIPTION},
		"servers": [{"url": site.rstrip("/")}],
		"security": [
			{"token": []},
			{"basic": []},
			{"oauth2": ["all"]},
			{"key": [], "secret": []},
			{"session": []},
		],
		"tags": [{"name": "read"}, {"name": "write"}],
		"paths": {path_of(one): _path(one, schemas) for one in sorted(operations, key=lambda one: one.name)},
		"components": {
			"schemas": {**schemas, "Error": ERROR_SCHEMA},
			"responses": {name: _error(status, text) for status, (name, text) in ERRORS.items()},
			"parameters": _PARAMETERS,
			"headers": _HEADERS,
			"securitySchemes": _security(
				site.rstrip("/"), key_header or "X-Api-Key", secret_header or "X-Api-Secret"
			),
		},
	}


def path_of(operation: Operation) -> str:
	return f"/api/method/{API}.{operation.name}"


def _schemas(operations: list[Operation]) -> dict[str, Any]:
	models: dict[type[BaseModel], None] = {}
	for one in operations:
		models |= {one.model: None, one.answer: None}
	_, found = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
	return dict(sorted(found.get("$defs", {}).items()))


def _path(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
	path = {"post": _call(operation, "post")}
	if not operation.writes:
		path["get"] = {
			**_call(operation, "get"),
			"parameters": [*_query(schemas[operation.model.__name__]), _ref("parameters", "Account")],
		}
	if operation.also:
		path[operation.also.lower()] = _also(operation, schemas)
	return path


def _also(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
	"""The same call by another method. DELETE has no body that every client can send: it asks by parameters."""
	call = _call(operation, operation.also.lower())
	if operation.also == "DELETE":
		call["parameters"] = [*_query(schemas[operation.model.__name__]), *call["parameters"]]
	else:
		call["requestBody"] = _body(operation)
	return call


def _call(operation: Operation, method: str) -> dict[str, Any]:
	description = (operation.handler.__doc__ or "").strip().partition("\n")[2]
	call = {
		"operationId": operation.name if method == "post" else f"{operation.name}_{method}",
		"summary": operation.summary,
		"tags": ["write" if operation.writes else "read"],
		"parameters": [_ref("parameters", "Account")],
		"responses": _responses(operation),
	}
	if text := " ".join(description.split()):
		call["description"] = text
	if method == "post":
		call["requestBody"] = _body(operation)
	if operation.writes:
		call["parameters"].insert(0, _ref("parameters", "IdempotencyKey"))
	return call


def _body(operation: Operation) -> dict[str, Any]:
	schema = _ref("schemas", operation.model.__name__)
	return {
		"required": bool(_required(operation.model)),
		"content": {JSON: {"schema": schema}, XML: {"schema": schema}},
	}


def _required(model: type[BaseModel]) -> list[str]:
	return [name for name, field in model.model_fields.items() if field.is_required()]


def _responses(operation: Operation) -> dict[str, Any]:
	schema = _ref("schemas", operation.answer.__name__)
	good = {"200": "Done"}
	if operation.writes:
		good |= {"201": "Something new was made", "202": "Goes on in the background"}
	answers = {}
	for status, text in good.items():
		headers = {TRACE_HEADER: _ref("headers", "TraceId")}
		if operation.writes:
			headers["Idempotent-Replayed"] = _ref("headers", "Replayed")
		answers[status] = {
			"description": text,
			"headers": headers,
			"content": _content(operation, schema),
		}
	return answers | {str(status): _ref("responses", name) for status, (name, _) in ERRORS.items()}


def _content(operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
	"""What a good answer holds: JSON or XML, or the bytes of a file, which have no schema."""
	if operation.content_types:
		return {kind.partition(";")[0]: {} for kind in operation.content_types}
	return {JSON: {"schema": schema}, XML: {"schema": schema}}


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
	"""The fields of an input as query parameters: lists may be repeated, what has fields of its own is JSON."""
	required = schema.get("required", [])
	return [_parameter(name, part, name in required) for name, part in schema.get("properties", {}).items()]


def _parameter(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
	parameter: dict[str, Any] = {"name": name, "in": "query", "required": required}
	if text := schema.get("description"):
		parameter["description"] = text
	if _is_nested(schema):
		parameter["content"] = {JSON: {"schema": schema}}
	else:
		parameter["schema"] = _without_null(schema)
		if schema.get("type") == "array":
			parameter |= {"style": "form", "explode": True}
	return parameter


def _is_nested(schema: dict[str, Any]) -> bool:
	if "$ref" in schema or schema.get("type") == "object":
		return True
	parts = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
	return any(_is_nested(part) for part in parts)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
	"""A query parameter that is not there is absent: it cannot be null."""
	options = [part for part in schema.get("anyOf", []) if part.get("type") != "null"]
	if len(options) != 1:
		return schema
	rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
	return {**rest, **options[0]}


def _error(status: int, text: str) -> dict[str, Any]:
	headers = {TRACE_HEADER: _ref("headers", "TraceId")}
	if status in WITH_RETRY:
		headers["Retry-After"] = _ref("headers", "RetryAfter")
	schema = _ref("schemas", "Error")
	content: dict[str, Any] = {JSON: {"schema": schema}, XML: {"schema": schema}}
	if status == TOO_LARGE:
		# Beyond what the site takes at all, Frappe answers before this app is asked.
		content["text/html"] = {"schema": {"type": "string"}}
	return {"description": text, "headers": headers, "content": content}


def _ref(kind: str, name: str) -> dict[str, str]:
	return {"$ref": f"#/components/{kind}/{name}"}


_PARAMETERS = {
	"IdempotencyKey": {
		"name": KEY_HEADER,
		"in": "header",
		"description": "Any text of your own for this request, e.g. a UUID; send the same again when you repeat it",
		"schema": {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT, "pattern": "^[!-~]+$"},
	},
	"Account": {
		"name": ACCOUNT_HEADER,
		"in": "header",
		"description": "Which account to act for; only needed where several accounts share the user",
		"schema": {"type": "string", "minLength": 1, "maxLength": 140, "pattern": "^[!-~]+$"},
	},
}
_HEADERS = {
	"TraceId": {"description": "Name of this request among the site's events", "schema": {"type": "string"}},
	"Replayed": {
		"description": "`true`: the answer of an earlier request with this key",
		"schema": {"type": "string", "enum": ["true"]},
	},
	"RetryAfter": {"description": "Seconds to wait", "schema": {"type": "integer"}},
}


def _security(site: str, key_header: str, secret_header: str) -> dict[str, Any]:
	return {
		"token": {
			"type": "apiKey",
			"in": "header",
			"name": "Authorization",
			"description": "`token KEY:SECRET`, the API key and secret of a Frappe user",
		},
		"basic": {"type": "http", "scheme": "basic", "description": "API key and secret of a Frappe user"},
		"oauth2": {
			"type": "oauth2",
			"description": "`Authorization: Bearer TOKEN`",
			"flows": {
				"authorizationCode": {
					"authorizationUrl": f"{site}/api/method/frappe.integrations.oauth2.authorize",
					"tokenUrl": f"{site}/api/method/frappe.integrations.oauth2.get_token",
					"refreshUrl": f"{site}/api/method/frappe.integrations.oauth2.get_token",
					"scopes": {"all": "What the user may do"},
				}
			},
		},
		"key": {
			"type": "apiKey",
			"in": "header",
			"name": key_header,
			"description": "With the other of the pair: the account's own headers",
		},
		"secret": {"type": "apiKey", "in": "header", "name": secret_header},
		"session": {
			"type": "apiKey",
			"in": "cookie",
			"name": "sid",
			"description": "Session of a signed-in user; POST also needs X-Frappe-CSRF-Token",
		},
	}
