"""Numbers that stand as text in a format that somebody named, such as "1.234,56".

The formats have the names that Frappe gives them. Never guesses: without a format only plain numbers are read, since
"1,234" is a thousand here and one and a bit there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from erp_connect.core.values.numbers import to_decimal

# name → decimal sign, sign between groups. A space also stands for the spaces that do not break.
_SIGNS = {
	"#,###.##": (".", ","),
	"#.###,##": (",", "."),
	"# ###.##": (".", " "),
	"# ###,##": (",", " "),
	"#'###.##": (".", "'"),
	"#,##,###.##": (".", ","),
}
FORMATS = tuple(_SIGNS)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2019": "'"})
_MAX_LENGTH = 60


@dataclass(frozen=True)
class NumberFormat:
	"""How numbers are written as text. name: one of `FORMATS`, or empty: plain, as in JSON."""

	name: str = ""

	def read(self, value: Any) -> Decimal:
		"""The number of a JSON number or a text. Raises ValueError with the reason."""
		if not isinstance(value, str):
			return to_decimal(value)
		text = value.strip().translate(_SPACES)
		if not self.name:
			return _plain(text)
		if len(text) > _MAX_LENGTH or not _pattern(self.name).fullmatch(text):
			raise ValueError(f"it is not a number written as {self.name}")
		decimal, group = _SIGNS[self.name]
		return Decimal(text.replace(group, "").replace(decimal, "."))


PLAIN = NumberFormat()


def _plain(text: str) -> Decimal:
	try:
		return to_decimal(text)
	except ValueError:
		if any(_pattern(name).fullmatch(text) for name in FORMATS if len(text) <= _MAX_LENGTH):
			raise ValueError(
				"not a number that means only one thing. A flow can name the format of numbers written as text"
			) from None
		raise


@lru_cache
def _pattern(name: str) -> re.Pattern[str]:
	decimal, group = (re.escape(sign) for sign in _SIGNS[name])
	size = "2,3" if name == "#,##,###.##" else "3"
	last = rf"{group}\d{{3}}"
	grouped = rf"\d{{1,3}}(?:{group}\d{{{size}}}){{0,12}}{last}"
	return re.compile(rf"[+-]?(?:{grouped}|\d{{1,40}})(?:{decimal}\d{{1,20}})?", re.ASCII)
