"""In windows each is asked for once, what is cut off is read in shorter ones, and the end is where the last one ends."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging.windows import DAY, Windows
from erp_connect.jobs import steps
from erp_connect.pull.in_windows import InWindows, PulledInWindows
from erp_connect.pull.source import Page
from erp_connect.reconcile.windowed import whole

BEGIN = 1_700_000_000
UNTIL = BEGIN + 3 * DAY


class List:
	"""Records at these times, two on a page, no more than `cap` of one window."""

	connection = None
	account = SimpleNamespace(time_zone="UTC")

	def __init__(self, moments: list[int], cap: int = 0, doubt: bool = False) -> None:
		self.moments, self.cap, self.doubt = moments, cap, doubt
		self.asked: list[tuple[int, int, int]] = []

	def first(self, since, largest=0):
		return {"skip": 0}

	def within(self, window):
		self.window = window

	def ask(self, position):
		start, end = self.window
		self.asked.append((start, end, position["skip"]))
		found = [one for one in self.moments if start <= one <= end][: self.cap or None]
		self.total = len(found)
		page = found[position["skip"] : position["skip"] + 2]
		return Page(None, records=page, held=page, total=self.total)
		yield

	def wants(self, position):
		return True

	def seen(self, position):
		return position["skip"]

	def following(self, position, page):
		after = position["skip"] + 2
		return {"skip": after} if after < self.total else None

	def remark(self, position, page):
		return ""

	def again(self, position, page, start):
		return None, self.doubt


def walked(source: List, cap: int = 0) -> tuple[list[int], bool]:
	"""The records as a comparison meets them, and whether some are in doubt."""
	way = InWindows(source, Windows(DAY, cap, str(BEGIN)))
	position = {**way.first(None), "until": str(UNTIL)}
	found: list[int] = []
	while position:
		asks = way.ask(position)
		try:
			next(asks)
		except StopIteration as end:
			page = end.value
		assert page.total == 0
		found += page.records
		following, in_doubt = way.following(position, page), False
		if following is None:
			following, in_doubt = way.again(position, page, way.first(None))
		if in_doubt:
			return found, True
		position = following
	return found, False


def of_numbers(source: List) -> List:
	"""The windows of texts, as a source that compares numbers has them."""
	within = source.within
	source.within = lambda window: within(tuple(int(one) for one in window))
	return source


def test_each_window_is_read_through_its_pages():
	moments = [BEGIN, BEGIN + 5, BEGIN + 9, BEGIN + 2 * DAY + 7, UNTIL]
	source = of_numbers(List(moments))
	found, in_doubt = walked(source)
	assert (sorted(set(found)), in_doubt) == (moments, False)
	assert [skip for *_, skip in source.asked] == [0, 2, 0, 0]
	assert [end for _, end, _ in source.asked] == [BEGIN + DAY, BEGIN + DAY, BEGIN + 2 * DAY, UNTIL]


def test_a_window_that_is_cut_is_read_in_shorter_ones():
	moments = [BEGIN + hour * 3600 for hour in range(20)]
	found, _ = walked(of_numbers(List(moments, cap=8)), cap=8)
	assert set(found) == set(moments)


def test_what_is_in_doubt_in_one_window_is_in_doubt():
	assert walked(of_numbers(List([BEGIN], doubt=True)))[1]


def pulled(source: List, since: int) -> tuple[list[int], PulledInWindows, dict, Page]:
	"""The records as a pull meets them, and where it ended."""
	source.pull = SimpleNamespace(tells_changes=True)
	way = PulledInWindows(source, Windows(DAY))
	position = {**way.first(str(since)), "until": str(UNTIL)}
	found: list[int] = []
	while True:
		page = steps.run(way.ask(position))
		found += page.records
		following = way.following(position, page)
		if following is None:
			following, in_doubt = way.again(position, page, position)
			assert not in_doubt
		if following is None:
			return found, way, position, page
		position = json.loads(json.dumps(following))


def test_what_is_in_doubt_in_a_window_does_not_hold_up_those_behind_it_and_is_asked_for_again():
	source = of_numbers(List([BEGIN + 5, BEGIN + DAY + 5, BEGIN + 2 * DAY + 5]))
	source.again = lambda position, page, start: (None, source.asked[-1][0] == BEGIN + DAY - 1)
	found, way, position, page = pulled(source, BEGIN)
	assert found == source.moments
	assert way.reached(position, page, str(UNTIL), str(BEGIN)) == str(BEGIN + DAY)
	assert way.reached(position, page, str(UNTIL), str(BEGIN + 2 * DAY)) == str(BEGIN + 2 * DAY), "goes back"
	assert "In 1 windows" in way.remark(position, page)


def test_the_next_pull_begins_with_the_latest_change_or_the_last_window():
	source = of_numbers(List([BEGIN + 5]))
	_, way, position, page = pulled(source, BEGIN)
	assert way.remark(position, page) == ""
	for high, since in ((BEGIN + 5, UNTIL - DAY), (None, UNTIL - DAY), (UNTIL - 9, UNTIL - 9)):
		assert way.reached(position, page, high and str(high), str(BEGIN)) == str(since)
	source.pull.tells_changes = False
	assert way.reached(position, page, None, None) is None


def test_without_a_beginning_nothing_is_compared():
	pull = SimpleNamespace(flow="F", compares_in_windows=True, windows=Windows(DAY))
	with pytest.raises(ConfigurationError, match="Oldest record"):
		whole(SimpleNamespace(pull=pull))
	plain = SimpleNamespace(pull=SimpleNamespace(compares_in_windows=False, windows=Windows(DAY)))
	assert whole(plain) is plain
