"""Pointed brackets in what people typed: Frappe takes them, and what stands in them, for tags of HTML."""

from __future__ import annotations

import re
from collections.abc import Collection

_TAG_BEGINS = re.compile(r"<[A-Za-z/!?]")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
_NO_ENTITY = re.compile(r"&(?!#?[A-Za-z0-9]{1,32};)")
_ROUND = str.maketrans("<>", "()")


def in_round(text: str) -> str:
	"""The text with round brackets, where Frappe or a browser would find a tag in it.

	Frappe takes a mandatory field of nothing but tags for empty, writes others anew, and leaves those of documents that are
	submitted already as they are: https://github.com/frappe/frappe/blob/version-15/frappe/model/base_document.py
	(_sanitize_content).
	"""
	closed = -1 < text.find("<") < text.rfind(">")
	return text.translate(_ROUND) if closed or _TAG_BEGINS.search(text) else text


def as_html(text: str, elements: Collection[str]) -> str:
	"""The text as HTML in which words in pointed brackets are words: `R&D <Nord>` is `R&amp;D &lt;Nord&gt;`.

	elements: what is a tag and stays one, in small letters. A text with such tags is HTML, and one without is not.
	"""
	tags = {found.lower() for found in _TAG.findall(text)}
	if tags <= set(elements):
		return text
	if not tags & set(elements):
		return _NO_ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
	return _TAG.sub(lambda tag: tag[0] if tag[1].lower() in elements else "&lt;" + tag[0][1:], text)
