"""The records of the paged source by the time of their creation, of which one query gives only so many.

Record n was created n times two days after the first day. As many search interfaces do, the source counts no further
than its cap (`Limits.cap`) and refuses pages beyond it; it leaves out records at the very ends of a window. With
`Limits.longest`, a query over more records than that is refused as a whole. At `CHANGED_PATH` they are found by the time
of their change, some days at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erp_connect.tests.fakes.paged_records import START
from erp_connect.tests.fakes.paged_styles import DEFAULT_SIZE, Answer, Asked, since_of

if TYPE_CHECKING:
	from erp_connect.tests.fakes.paged_source import PagedSource

PATH, CHANGED_PATH = "/created", "/changed-within"


@dataclass
class Limits:
	"""longest: most records that a query may find, 0 for any number; refusal: the status that answers more.

	days: of the longest time that changes may be asked for at once.
	"""

	cap: int = 40
	longest: int = 0
	refusal: int = 422
	days: int = 31


def created(number: int) -> str:
	return (START + dt.timedelta(days=2 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(source: PagedSource, asked: Asked) -> Answer:
	"""The answer to a request of `PATH`, by `after`, `before` and `since`."""
	limits = source.windows
	after, before = asked.values.get("after", ""), asked.values.get("before", "9")
	start = int(asked.values.get("offset", 0))
	if start >= limits.cap:
		return Answer({"message": "too far"}, status=400)
	rows: list[dict[str, Any]] = source.records.slice(0, len(source.records), since_of(asked))[0]
	found = [row for row in rows if after < created(row["number"]) < before]
	if limits.longest and len(found) > limits.longest:
		return Answer({"message": "too much"}, status=limits.refusal)
	size = min(int(asked.values.get("limit") or DEFAULT_SIZE), source.largest)
	within = found[: limits.cap]
	return Answer({"data": within[start : start + size], "total": len(within)})


def answer_changed(source: PagedSource, asked: Asked) -> Answer:
	"""The answer to a request of `CHANGED_PATH`: what changed from `from` on, before `to`.

	As PayPal and others do, it wants both, written with an offset, and refuses what is longer than `Limits.days` or lies
	ahead.
	"""
	try:
		begin, end = (dt.datetime.fromisoformat(str(asked.values.get(name))) for name in ("from", "to"))
		refused = begin > end or end - begin > dt.timedelta(days=source.windows.days)
		refused = refused or end > dt.datetime.now(dt.timezone.utc)
	except (TypeError, ValueError):
		refused = True
	if refused:
		return Answer({"message": "Date range is invalid."}, status=400)
	rows = source.records.slice(0, len(source.records))[0]
	found = [row for row in rows if begin <= dt.datetime.fromisoformat(row["modified"]) < end]
	start, size = (
		int(asked.values.get(name, usual)) for name, usual in (("offset", 0), ("limit", DEFAULT_SIZE))
	)
	return Answer({"data": found[start : start + size]})
