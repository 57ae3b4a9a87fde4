"""A signature of one's own as the answers of a form, and as the scheme that they make: for who never saw the JSON.

Promises: what `scheme_of` gives is a scheme as `scheme_from_dict` reads it, or the refusal names the question. What the
form cannot say (several ways of proof, challenges, other kinds) is told by None, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.core.verify import types as kinds
from erp_connect.core.verify.settings import wrong

# What is signed: the choices of the form, and the message of each. {-} stands for the separator.
MESSAGES = {
	"body": "{body}",
	"timestamp_body": "{timestamp}{-}{body}",
	"body_timestamp": "{body}{-}{timestamp}",
	"id_timestamp_body": "{id}{-}{timestamp}{-}{body}",
	"url_body": "{url}{-}{body}",
	"timestamp_url_body": "{timestamp}{-}{url}{-}{body}",
	"method_path_body": "{method}{-}{path}{-}{body}",
	"method_path_timestamp_body": "{method}{-}{path}{-}{timestamp}{-}{body}",
}
OTHER = "other"
ALONE, PREFIXED, PAIRS = "alone", "prefix", "pairs"
STYLES = (ALONE, PREFIXED, PAIRS)
_PARSES = {ALONE: "plain", PREFIXED: "prefix", PAIRS: "pairs"}
SEPARATORS = (".", "", ":", "|", "\n", "-", ",", "_", "+", "&", ";", " ")
# Of a form that was just opened.
EMPTY: dict[str, Any] = {
	"signed": "body", "separator": ".", "message": "", "header": "", "style": ALONE, "prefix": "", "key": "",
	"encoding": "hex", "algorithm": "sha256", "secret_encoding": "utf8", "timestamp_header": "", "timestamp_key": "",
	"timestamp_unit": "s", "tolerance": kinds.TOLERANCE, "id_header": "", "id_path": "", "topic_header": "",
	"topic_path": "",
}  # fmt: skip
_KNOWN = {
	"kind", "title", "note", "source", "message", "signature", "algorithm", "secret_encoding", "timestamp", "id",
	"topic",
}  # fmt: skip


def scheme_of(given: Mapping[str, Any]) -> dict[str, Any]:
	"""The scheme that the answers of a form make. given: as `EMPTY`; what is missing is as there.

	`separator` may be written `\\n`. Raises ConfigurationError, code `scheme`, with `params["setting"]`.
	"""
	form = {**EMPTY, **{name: value for name, value in given.items() if name in EMPTY and value is not None}}
	message = _message(form)
	scheme: dict[str, Any] = {
		"kind": kinds.HMAC,
		"message": message,
		"algorithm": form["algorithm"],
		"secret_encoding": form["secret_encoding"],
		"signature": _signature(form),
	}
	if time := _timestamp(form, "{timestamp}" in message):
		scheme["timestamp"] = time
	for name in ("id", "topic"):
		if places := _places(form, name):
			scheme[name] = places
	return scheme


def form_of(scheme: Mapping[str, Any]) -> dict[str, Any] | None:
	"""The answers that make a scheme; None for one that the form cannot say. Of an empty one, those of an empty form."""
	if not scheme:
		return dict(EMPTY)
	if scheme.get("kind") != kinds.HMAC or set(scheme) - _KNOWN:
		return None
	found = {
		**EMPTY,
		**_form_of_message(str(scheme.get("message", "{body}"))),
		"algorithm": scheme.get("algorithm", EMPTY["algorithm"]),
		"secret_encoding": scheme.get("secret_encoding", EMPTY["secret_encoding"]),
	}
	for part in (_form_of_signature, _form_of_timestamp, _form_of_places):
		more = part(scheme)
		if more is None:
			return None
		found |= more
	return found


def _message(form: Mapping[str, Any]) -> str:
	if form["signed"] == OTHER:
		return str(form["message"] or "")
	if form["signed"] not in MESSAGES:
		raise wrong("message", "must be one of the choices")
	separator = str(form["separator"]).replace("\\n", "\n")
	return MESSAGES[form["signed"]].replace("{-}", separator)


def _signature(form: Mapping[str, Any]) -> dict[str, Any]:
	if form["style"] not in STYLES:
		raise wrong("signature.parse", "must be one of the choices")
	found = {
		"header": str(form["header"]).strip(),
		"parse": _PARSES[form["style"]],
		"encoding": form["encoding"],
	}
	if form["style"] == PREFIXED:
		found["prefix"] = form["prefix"]
	if form["style"] == PAIRS:
		found["key"] = str(form["key"]).strip()
	return found


def _timestamp(form: Mapping[str, Any], signed: bool) -> dict[str, Any]:
	header, key = str(form["timestamp_header"]).strip(), str(form["timestamp_key"]).strip()
	if not (header or key):
		return {}
	place = {"key": key} if form["style"] == PAIRS and key else {"header": header or key}
	# A time that is not signed proves nothing, and is not relied upon.
	limit = int(form["tolerance"] or 0) or None if signed else None
	return {**place, "unit": form["timestamp_unit"], "past": limit, "future": limit}


def _places(form: Mapping[str, Any], name: str) -> list[dict[str, str]]:
	header, path = str(form[f"{name}_header"]).strip(), str(form[f"{name}_path"]).strip()
	return [*([{"header": header}] if header else ()), *([{"body": path}] if path else ())]


def _form_of_message(message: str) -> dict[str, Any]:
	for separator in SEPARATORS:
		for signed, template in MESSAGES.items():
			if template.replace("{-}", separator) == message:
				shown = EMPTY["separator"] if signed == "body" else separator.replace("\n", "\\n")
				return {"signed": signed, "separator": shown}
	return {"signed": OTHER, "message": message}


def _form_of_signature(scheme: Mapping[str, Any]) -> dict[str, Any] | None:
	given = scheme.get("signature")
	if not isinstance(given, Mapping) or not given.get("header"):
		return None
	styles = {parse: style for style, parse in _PARSES.items()}
	if (style := styles.get(given.get("parse", "plain"))) is None:
		return None
	return {
		"header": given["header"],
		"style": style,
		"prefix": given.get("prefix", ""),
		"key": given.get("key", ""),
		"encoding": given.get("encoding", EMPTY["encoding"]),
	}


def _form_of_timestamp(scheme: Mapping[str, Any]) -> dict[str, Any] | None:
	given = scheme.get("timestamp")
	if given is None:
		return {}
	if not isinstance(given, Mapping) or "body" in given:
		return None
	past, future = (given.get(name, kinds.TOLERANCE) for name in ("past", "future"))
	if past != future:
		return None
	return {
		"timestamp_header": given.get("header", ""),
		"timestamp_key": given.get("key", ""),
		"timestamp_unit": given.get("unit", EMPTY["timestamp_unit"]),
		"tolerance": past or 0,
	}


def _form_of_places(scheme: Mapping[str, Any]) -> dict[str, Any] | None:
	found = {}
	for name in ("id", "topic"):
		places = scheme.get(name) or []
		for place in [places] if isinstance(places, Mapping) else places:
			known = [kind for kind in ("header", "body") if kind in place]
			part = {"header": "header", "body": "path"}.get(known[0]) if known else None
			if len(place) != 1 or not part or f"{name}_{part}" in found:
				return None
			# A field of the body is looked at after the header.
			if part == "header" and f"{name}_path" in found:
				return None
			found[f"{name}_{part}"] = place[known[0]]
	return found
