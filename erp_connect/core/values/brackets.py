"""Pointed brackets in what people typed: Frappe takes them, and what stands in them, for tags of HTML."""

from __future__ import annotations

import re

_TAG_BEGINS = re.compile(r"<[A-Za-z/!?]")
_ROUND = str.maketrans("<>", "()")


def in_round(text: str) -> str:
	"""The text with round brackets, where Frappe or a browser would find a tag in it.

	Frappe takes a mandatory field of nothing but tags for empty, writes others anew, and leaves those of documents that are
	submitted already as they are: https://github.com/frappe/frappe/blob/version-15/frappe/model/base_document.py
	(_sanitize_content).
	"""
	closed = -1 < text.find("<") < text.rfind(">")
	return text.translate(_ROUND) if closed or _TAG_BEGINS.search(text) else text
