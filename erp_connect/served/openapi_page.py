"""The OpenAPI document in words for people: plain rows for a page to show. Knows nothing of HTML."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object"}


def calls(document: dict[str, Any]) -> list[dict[str, Any]]:
	"""The calls, each with its methods, its fields and those of its answer, in the order of the document."""
	return [_call(path, methods, document) for path, methods in document["paths"].items()]


def objects(document: dict[str, Any]) -> list[dict[str, Any]]:
	"""The objects that fields of calls, answers and other objects consist of."""
	schemas = document["components"]["schemas"]
	found = {name: _fields(schema) for name, schema in sorted(schemas.items()) if "properties" in schema}
	meant = {field["object"] for fields in found.values() for field in fields}
	return [{"name": name, "fields": fields} for name, fields in found.items() if name in meant]


def statuses(document: dict[str, Any]) -> list[dict[str, str]]:
	"""The error answers that all calls share: status and meaning."""
	responses = document["components"]["responses"]
	any_call = next(iter(document["paths"].values()))["post"]["responses"]
	return [
		{"status": status, "meaning": responses[_name(answer)]["description"]}
		for status, answer in any_call.items()
		if "$ref" in answer
	]


def _call(path: str, methods: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
	schemas, post = document["components"]["schemas"], methods["post"]
	input_, answered = (
		_name(post["requestBody"]["content"][JSON]["schema"]),
		post["responses"]["200"]["content"],
	)
	answer = _name(answered[JSON]["schema"]) if JSON in answered else ""
	return {
		"name": post["operationId"],
		"path": path,
		"methods": [method.upper() for method in sorted(methods)],
		"writes": "write" in post["tags"],
		"summary": post["summary"],
		"description": post.get("description", ""),
		"input": input_,
		"answer": answer,
		"files": [] if answer else sorted(answered),
		"fields": _fields(schemas[input_]),
		"answer_fields": _fields(schemas[answer]) if answer else [],
	}


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
	required = schema.get("required", [])
	return [
		{
			"name": name,
			"type": _type(part),
			"object": _object(part),
			"required": name in required,
			"description": part.get("description", ""),
			"limits": _limits(part),
		}
		for name, part in schema.get("properties", {}).items()
	]


def _type(schema: dict[str, Any]) -> str:
	if "$ref" in schema:
		return _name(schema)
	if "anyOf" in schema:
		return " or ".join(_type(part) for part in schema["anyOf"] if part.get("type") != "null")
	if "enum" in schema:
		return "one of " + ", ".join(map(str, schema["enum"]))
	if schema.get("type") == "array":
		return f"list of {_type(schema.get('items', {}))}"
	if schema.get("format") in ("date", "date-time"):
		return {"date": "date", "date-time": "time"}[schema["format"]]
	return WORDS.get(schema.get("type"), schema.get("type") or "anything")


def _object(schema: dict[str, Any]) -> str | None:
	"""The object that a field, or each element of its list, consists of."""
	if "$ref" in schema:
		return _name(schema)
	parts = [*schema.get("anyOf", []), schema.get("items", {})]
	return next((name for part in parts if part and (name := _object(part))), None)


def _limits(schema: dict[str, Any]) -> str:
	found: dict[str, Any] = {}
	for part in (schema, *schema.get("anyOf", [])):
		found |= part
	words = (
		("maxLength", "at most {} characters"),
		("maxItems", "at most {} entries"),
		("minimum", "from {}"),
		("maximum", "to {}"),
		("exclusiveMinimum", "more than {}"),
	)
	limits = [text.format(_plain(found[name])) for name, text in words if name in found]
	if found.get("default") not in (None, "", [], {}):
		limits.append(f"default {_plain(found['default'])}")
	return ", ".join(limits)


def _plain(value: Any) -> str:
	if isinstance(value, bool):
		return str(value).lower()
	return f"{value:,.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _name(reference: dict[str, str]) -> str:
	return reference["$ref"].rpartition("/")[2]
