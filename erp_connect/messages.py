"""Errors and outcomes of the engine in the language of the current user."""

from typing import NoReturn

import frappe
from frappe import _

from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.errors import AGAIN, DONE, ConnectError, MappingError, fill


def translate(error: ConnectError, again: str = "") -> str:
	"""The message of an engine error, with the row of the flow it speaks of.

	again: how what failed is tried again, translated, where that is not the button of an event. There is no button to put
	it aside then either.
	"""
	done = _("do not send it again") if again else _(DONE)
	text = fill(_(error.template), {"again": again or _(AGAIN), "done": done, **error.params})
	if not isinstance(error, MappingError) or error.row is None:
		return text
	if error.elements:
		numbers = ".".join(str(number) for number in error.elements)
		return _("Row {0}, element {1}: {2}").format(error.row, numbers, text)
	return _("Row {0}: {1}").format(error.row, text)


def describe(outcome: Outcome) -> str:
	"""The words of an outcome."""
	return fill(_(outcome.template), outcome.params)


def throw(error: ConnectError, title: str) -> NoReturn:
	"""Show the message of an engine error to the user and stop. It may quote a document or an answer from
	outside, and Frappe shows messages as HTML, so it is escaped."""
	frappe.throw(frappe.utils.escape_html(translate(error)), title=title)
