"""Pointed brackets in what people typed: Frappe takes them, and what stands in them, for tags of HTML."""

from __future__ import annotations

import re

# https://github.com/frappe/frappe/blob/version-15/frappe/utils/data.py (strip_html)
_TAG = re.compile(r"<[^>]*>")
_ROUND = str.maketrans("<>", "()")


def in_round(text: str) -> str:
	"""The text with round brackets, where Frappe would find a tag in it."""
	return text.translate(_ROUND) if -1 < text.find("<") < text.rfind(">") else text


def in_round_alone(text: str) -> str:
	"""As `in_round`, for a text that says nothing else: Frappe takes a mandatory field that holds such a one for empty."""
	end = text.rfind(">") + 1  # behind it there are no tags, and looking for some would take long
	return text if (_TAG.sub("", text[:end]) + text[end:]).strip() else text.translate(_ROUND)
