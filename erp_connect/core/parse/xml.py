"""XML from outside, as dicts: `@name` attributes, `#text` text beside them, repeated elements as lists.

Promises: no document type, no entities beyond the five of XML itself, nothing fetched; depth and number of
elements are known before the dicts are built. Never resolves namespaces: names stay as they are written.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, ErrorHandler

from erp_connect.core.parse.limits import DEFAULT_LIMITS, InputError, Limits, check_size


def parse_xml(raw: bytes, limits: Limits = DEFAULT_LIMITS, lists: Sequence[str] = ()) -> dict[str, Any]:
	"""The document below the name of its root element.

	lists: element names that become a list also where they stand once, as with a single order line.
	Raises InputError: `too_large`, `depth`, `keys`, or `xml` for anything else, document types among them.
	"""
	import xmltodict

	check_size(raw, limits)
	_check_shape(raw, limits)
	try:
		return xmltodict.parse(raw, force_list=tuple(lists) or None)
	except (ExpatError, ValueError, LookupError):
		raise _broken() from None


def _check_shape(raw: bytes, limits: Limits) -> None:
	from defusedxml.common import DefusedXmlException
	from defusedxml.sax import parse

	try:
		parse(io.BytesIO(raw), _Counter(limits), ErrorHandler(), forbid_dtd=True)
	except DefusedXmlException:
		raise InputError(
			"xml", "XML with a document type or entities is not accepted. Send it without <!DOCTYPE>."
		) from None
	except (SAXException, ValueError, LookupError):
		raise _broken() from None


def _broken() -> InputError:
	return InputError("xml", "The body is not well-formed XML. Check it with an XML validator.")


class _Counter(ContentHandler):
	"""Counts while the document streams by; keeps nothing of it."""

	def __init__(self, limits: Limits) -> None:
		super().__init__()
		self._limits = limits
		self._depth = 0
		self._names = 0

	def startElement(self, name: str, attrs: Any) -> None:
		self._depth += 1
		self._names += 1 + len(attrs)
		if self._depth > self._limits.max_depth:
			raise InputError(
				"depth",
				"The XML is nested deeper than {limit} levels. Flatten it.",
				limit=self._limits.max_depth,
			)
		if self._names > self._limits.max_keys:
			raise InputError(
				"keys",
				"The XML has more than {limit} elements and attributes. Send less at once.",
				limit=self._limits.max_keys,
			)

	def endElement(self, name: str) -> None:
		self._depth -= 1
