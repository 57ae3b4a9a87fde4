"""Where an answer says something: in a header (`header:ETag`), or in its body (an expression).

Promises: what is not there, or does not fit, is None. Never guesses at another place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.expressions.expression import Expression, compile_expression

HEADER = "header:"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)


@dataclass(frozen=True)
class AnswerPlace:
	"""header: its name, or empty; then `expression` leads to the place in the body."""

	header: str = ""
	expression: Expression | None = None

	def found(self, data: Any, headers: Mapping[str, str]) -> Any:
		"""What stands there. data: the parsed body, None for none. headers: of the answer, names in any case."""
		if self.header:
			wanted = self.header.lower()
			return next((value.strip() for name, value in headers.items() if name.lower() == wanted), None)
		try:
			return None if data is None or self.expression is None else self.expression.search(data)
		except ConnectError:
			return None


def place_from(text: str | None) -> AnswerPlace | None:
	"""The place that a text names; None for an empty one. Raises ConfigurationError, or ExpressionError."""
	written = (text or "").strip()
	if not written:
		return None
	if not written.startswith(HEADER):
		return AnswerPlace(expression=compile_expression(written))
	name = written.removeprefix(HEADER).strip()
	if not _NAME.fullmatch(name):
		raise ConfigurationError(
			"{text} names no header. Write for example header:ETag.", code="header", text=written
		)
	return AnswerPlace(header=name)
