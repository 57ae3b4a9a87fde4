"""A request whose body is a file as it is: whole, or in parts at the place that a step before it was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.calls.exchange import WHOLE_ADDRESS
from erp_connect.config.account import Account
from erp_connect.config.flow import RequestRule
from erp_connect.core.errors import PayloadError
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.expressions.path_template import render_path, split_template
from erp_connect.core.payload import contents
from erp_connect.records import attachments

# Of a file in parts: what a site can keep is the limit, as no request carries all of it.
UNLIMITED = 1 << 50


def body_of(rule: RequestRule, said: dict) -> tuple[bytes, str]:
	"""The mark of the file's content, and its content type. said: the document's values. Raises `ConnectError`."""
	mark = rule.own.body.search(said) if rule.own.body else None
	file = next((entry for entry in attachments.entries(said) if entry["content"] == mark), None)
	if file is None:
		raise PayloadError(
			"The request of {event} is sent as a file, and {expression} gives the content of none. Correct its Body in "
			"Requests, and look whether the file is still there.",
			code="no_file",
			event=rule.event,
			expression=rule.own.body.text if rule.own.body else "",
		)
	return contents.as_part(mark).encode(), file["type"]


def most_bytes(rule: RequestRule, account: Account) -> int:
	"""How large a file may be."""
	return UNLIMITED if rule.own.in_parts else account.max_payload_bytes


def address_in(template: str, named: Mapping[str, Any]) -> str:
	"""The path of a request; the whole address where a template is but an expression that gives one, as of a place that an
	answer named. The account's proof goes to its own server alone: that is seen to when it is sent. Raises `MappingError`."""
	parts = [part for part in split_template(template) if part != ""]
	if len(parts) == 1 and isinstance(parts[0], Expression):
		found = parts[0].search(named)
		if isinstance(found, str) and found.startswith(WHOLE_ADDRESS):
			return found
	return render_path(template, named)
