"""Payloads as XML: objects become elements, lists repeated elements, `@name` attributes, `#text` text.

Promises: well-formed XML 1.0 in UTF-8, in the order of the payload. Names and characters XML cannot carry are
refused with the name at fault. Never reads XML.
"""

from __future__ import annotations

import re
from typing import Any

import xmltodict

from erp_connect.core.errors import PayloadError
from erp_connect.core.values import numbers

# A conservative part of https://www.w3.org/TR/xml-names/#NT-QName: letters, digits, and one prefix.
_NCNAME = r"[^\W\d][\w.\-]*"
_NAME = re.compile(rf"{_NCNAME}(:{_NCNAME})?")
# https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_xml(payload: Any, root: str) -> str:
	"""The document of a normalised payload below an element `root`.

	Raises PayloadError for a list at the top, lists of lists, and names or characters that XML cannot carry.
	"""
	if isinstance(payload, list):
		raise PayloadError("XML needs one root element, not a list. Map the list to a name.", code="xml")
	_check_name(root, "")
	return xmltodict.unparse({root: _element(payload, root)})


def _element(value: Any, path: str) -> Any:
	if isinstance(value, dict):
		return {name: _child(name, item, f"{path}.{name}") for name, item in value.items()}
	return value if value is None else _text(value, path)


def _child(name: str, value: Any, path: str) -> Any:
	if name == "#text" or name.startswith("@"):
		if name != "#text":
			_check_name(name[1:], path)
		if isinstance(value, list | dict):
			raise PayloadError(
				"{path} must be a single value in XML. Map it to an element.", code="xml", path=path
			)
		return _text("" if value is None else value, path)
	_check_name(name, path)
	if isinstance(value, list):
		return [_item(item, f"{path}[{place}]") for place, item in enumerate(value)]
	return _element(value, path)


def _item(value: Any, path: str) -> Any:
	if isinstance(value, list):
		raise PayloadError(
			"{path} is a list in a list, which XML cannot carry. Name the inner list.", code="xml", path=path
		)
	return _element(value, path)


def _text(value: Any, path: str) -> str:
	text = numbers.text_of(value)
	if _FORBIDDEN.search(text):
		raise PayloadError(
			"{path} holds a character that XML cannot carry. Remove control characters from the field.",
			code="xml",
			path=path,
		)
	return text


def _check_name(name: str, path: str) -> None:
	if not _NAME.fullmatch(name):
		raise PayloadError(
			"{name} cannot be the name of an XML element. Use letters, digits, - and _ in the target path.",
			code="xml",
			name=name,
			path=path,
		)
