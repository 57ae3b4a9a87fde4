"""What may go wrong between a fake and who calls it, as tests say before."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Trouble:
	"""What the next requests of a method and path meet: a status, or a connection closed after the work was done."""

	method: str
	path: str
	status: int = 0
	headers: dict[str, str] = field(default_factory=dict)
	times: int = 1
	lose_answer: bool = False


def met(troubles: list[Trouble], method: str, path: str) -> Trouble | None:
	"""What a request meets. It is used up by that."""
	found = next((one for one in troubles if one.method == method and path.startswith(one.path)), None)
	if found:
		found.times -= 1
		if not found.times:
			troubles.remove(found)
	return found
