"""Text from outside made harmless where another program would act on it: markup in a page, formulas in a sheet."""

from __future__ import annotations

from typing import Any

SIGNS = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#x60;"})
# What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(value: Any) -> Any:
	"""A value that shows in a page as the text it is; other values than texts as they are.

	`&` stays, so that it can be done again without harm.
	"""
	return value.translate(SIGNS) if isinstance(value, str) else value


def no_formula(value: Any) -> Any:
	"""A value that a spreadsheet shows as text; numbers stay numbers."""
	if not isinstance(value, str) or not value.startswith(FORMULA) or _is_number(value):
		return value
	return "'" + value


def _is_number(text: str) -> bool:
	try:
		float(text)
	except ValueError:
		return False
	return True
