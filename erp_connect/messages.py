"""Errors and outcomes of the engine in the language of the current user."""

from collections.abc import Mapping
from typing import Any, NoReturn

import frappe
from frappe import _

from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.delivery.quoting import unquoted
from erp_connect.core.errors import (
	AGAIN,
	DONE,
	NOBODY_TRIES,
	TRYING,
	ConnectError,
	MappingError,
	Told,
	Whole,
	fill,
)
from erp_connect.core.expressions.expression import REFUSED
from erp_connect.core.problems import Problem

# Reasons that are words of this app are shorter, and only those can be translated.
LONGEST_REASON = 200


def translate(error: ConnectError, again: str = "", trying: str = "") -> str:
	"""The message of an engine error, with the row of the flow it speaks of.

	again: how what failed is tried again, translated, where that is not the button of an event. There is no button to put
	it aside then either. trying: what happens by itself, one of the sentences of `core.errors`; that an event is tried again,
	unless its message is for somebody else.
	"""
	done = _("do not send it again") if again else _(DONE)
	words = {
		"again": again or _(AGAIN),
		"done": done,
		"trying": _(trying or (NOBODY_TRIES if again else TRYING)),
	}
	text = filled(error.template, {**words, **error.params})
	if not isinstance(error, MappingError) or error.row is None or error.code == REFUSED:
		return text
	if error.elements:
		numbers = ".".join(str(number) for number in error.elements)
		return _("Row {0}, element {1}: {2}").format(error.row, numbers, text)
	return _("Row {0}: {1}").format(error.row, text)


def describe(outcome: Outcome) -> str:
	"""The words of an outcome. They quote the other system, so they are for those who may see the event."""
	return filled(outcome.template, outcome.params)


def in_own_words(outcome: Outcome) -> str:
	"""The words of an outcome without what the other system said: for whoever may read the account."""
	return describe(unquoted(outcome))


def say(problem: Problem) -> str:
	"""The words of a problem with a setting."""
	return filled(problem.template, problem.params)


def filled(template: str, params: Mapping[str, Any]) -> str:
	"""A message of the engine, with the reasons within it, in the language of the current user."""
	return fill(_(template), {name: _said(value) for name, value in params.items()})


def _said(value: Any) -> Any:
	if isinstance(value, Told):
		return Whole(filled(value.template, value.params))
	if isinstance(value, Whole) and 0 < len(value) <= LONGEST_REASON:
		return Whole(_(str(value)))
	return value


def throw(error: ConnectError, title: str) -> NoReturn:
	"""Show the message of an engine error to the user and stop. It may quote a document or an answer from
	outside, and Frappe shows messages as HTML, so it is escaped."""
	frappe.throw(frappe.utils.escape_html(translate(error)), title=title)
