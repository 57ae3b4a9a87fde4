"""Errors in the words of a comparison: it has no event that could be retried, but is made again."""

from __future__ import annotations

from frappe import _

from erp_connect.core.errors import ConnectError
from erp_connect.messages import translate


def again() -> str:
	"""How what a comparison could not read is tried again."""
	return _("compare again")


def of(error: ConnectError) -> str:
	"""The message of an error that a comparison met."""
	return translate(error, again())
