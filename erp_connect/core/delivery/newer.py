"""Whether what came later of a record says all that came before, so that nobody has to decide on the earlier one."""

from __future__ import annotations

from typing import Any


def says_all_of(later: Any, earlier: Any) -> bool:
	"""Whether each name with a value in one JSON value stands in another one too, whatever it says there.

	What is empty in the earlier one says nothing. Lists count as wholes: a row that is missing later was taken out.
	"""
	if not isinstance(earlier, dict):
		return True
	if later is None:
		return True  # said outright: there is none any more
	if not isinstance(later, dict):
		return False
	return all(
		name in later and says_all_of(later[name], value)
		for name, value in earlier.items()
		if value not in (None, "", [], {})
	)
