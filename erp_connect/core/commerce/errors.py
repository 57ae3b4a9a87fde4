"""What can be wrong with an order, in words that name the field or the line and the amounts.

Promises two kinds: `OrderError` for an order that cannot be read at all, and `Note` for a reason or an
explanation that belongs to a plan. Never a traceback, never a value longer than errors allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConnectError, fill


class OrderError(ConnectError):
	"""A canonical order cannot be read. `params["field"]` is the path at fault, such as `lines[2].quantity`."""

	default_code = "order"


@dataclass(frozen=True)
class Note:
	"""One sentence about a plan: `template` with `{named}` places can be translated, then filled.

	code: a short word that callers may branch on.
	"""

	code: str
	template: str
	params: Mapping[str, Any] = field(default_factory=dict)

	def __str__(self) -> str:
		return fill(self.template, self.params)
