"""What a static check found wrong, as data the Desk can show beside the row at fault.

Never raised: a check answers a list of problems, so that all of them are seen at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConnectError, fill


@dataclass(frozen=True)
class Problem:
	"""Something wrong in a mapping. row: from 1, None for an expression by itself. field: the column at fault."""

	row: int | None
	field: str
	code: str
	template: str
	params: dict[str, Any] = field(default_factory=dict)

	def __str__(self) -> str:
		return fill(self.template, self.params)


def from_error(error: ConnectError, row: int | None = None, column: str = "source") -> Problem:
	"""The problem an error stands for; its own row and column count before the given ones."""
	own_row, own_column = getattr(error, "row", None), getattr(error, "field", "")
	return Problem(own_row or row, own_column or column, error.code, error.template, dict(error.params))
