"""How many requests of an account each worker may have under way: the account's limit, shared by all of them.

Promises that the places of all workers together never exceed the limit, as long as the caller keeps them under a row
lock. A worker that died loses its places when their time is over. Never reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
	"""What one worker has. count: requests that it may have under way; until: epoch second at which that ends."""

	count: int
	until: float


def take(
	held: Mapping[str, Places], worker: str, *, limit: int, now: float, until: float
) -> tuple[int, dict[str, Places]]:
	"""Let a worker have more places: (how many it has now, who has what afterwards).

	It gets half of what is free, at least one, so that the next worker finds some as well; asking again brings more.
	What it has already it keeps, until the new time.
	"""
	alive = {name: places for name, places in held.items() if places.until > now}
	own = alive.pop(worker, Places(0, 0)).count
	free = max(0, limit - sum(places.count for places in alive.values()) - own)
	count = own + (free + 1) // 2
	if count:
		alive[worker] = Places(count, until)
	return count, alive


def give_back(held: Mapping[str, Places], worker: str) -> dict[str, Places]:
	"""Who has what once a worker has nothing under way any more."""
	return {name: places for name, places in held.items() if name != worker}
