"""Changed since: against a source that is changed while it is walked, nothing is ever left out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.paging.changes import MAX_REPEATS
from erp_connect.core.paging.walk import PageFacts, PagingError, advance, first, paging_from, place

SETTINGS = {"paging": "Changed since", "changed_expression": "modified"}
BASE = 1_700_000_000


@dataclass
class Source:
	"""Records as (time, name, version), answered in this order. exclusive: asks `>` instead of `>=`."""

	times: dict[str, int]
	cap: int = 100
	exclusive: bool = False
	versions: dict[str, int] = field(default_factory=dict)

	def __post_init__(self):
		self.versions = dict.fromkeys(self.times, 1)
		self.now = max(self.times.values(), default=BASE)

	def page(self, since, skip, size):
		rows = sorted((time, name) for name, time in self.times.items())
		if since is not None:
			rows = [row for row in rows if row[0] >= int(since) + self.exclusive]
		return [
			{"name": name, "modified": time, "version": self.versions[name]}
			for time, name in rows[skip : skip + min(size, self.cap)]
		]

	def change(self, kind, place):
		names = sorted(self.times)
		self.now += 1
		if kind == "add" or not names:
			name = f"n{len(self.versions)}"
			self.times[name], self.versions[name] = self.now, 1
		elif kind == "remove":
			del self.times[names[place % len(names)]]
		else:
			# One change or a bulk of them, which then share a time.
			for offset in range(1 if kind == "mutate" else 4):
				name = names[(place + offset) % len(names)]
				self.times[name] = self.now
				self.versions[name] += 1


def walk(source, size=5, since=None, between=lambda pages: None, **more):
	"""The last version seen of each record, and how many pages were asked for."""
	paging = paging_from({**SETTINGS, "page_size": size, **more})
	position, seen, pages = first(paging, since), {}, 0
	while position is not None:
		position = json.loads(json.dumps(position))
		skip = int(place(paging, position).query.get(paging.parameter, 0))
		rows = source.page(position["since"], skip, size)
		pages += 1
		assert pages < 3000, "the walk does not end"
		seen |= {row["name"]: row["version"] for row in rows}
		position = advance(paging, position, facts(rows))
		if position is not None:
			between(pages)
	return seen, pages


def facts(rows, ids=True, **more):
	return PageFacts(
		records=rows,
		changed=[row["modified"] for row in rows],
		ids=[row["name"] for row in rows] if ids else [],
		**more,
	)


@st.composite
def sources(draw):
	"""Up to 60 records in runs that share a time, and a page size that the runs straddle."""
	runs = draw(st.lists(st.integers(1, 14), max_size=12))
	# In milliseconds all of them lie within the second that is looked back.
	base = draw(st.sampled_from([BASE, BASE * 1000]))
	times = {}
	for second, run in enumerate(runs):
		for _ in range(run):
			times[f"r{len(times):03d}"] = base + second
	# A source may give less than asked for, but not a single record at a time.
	return Source(times, cap=draw(st.integers(2, 8)))


CHANGES = st.lists(
	st.tuples(st.integers(1, 30), st.sampled_from(["mutate", "bulk", "remove", "add"]), st.integers(0, 100)),
	max_size=15,
)


@settings(max_examples=400)
@given(sources(), st.integers(2, 8), CHANGES)
def test_every_record_is_seen_in_its_last_version(source, size, changes):
	def between(pages):
		for when, kind, place_ in changes:
			if when == pages:
				source.change(kind, place_)

	seen, _ = walk(source, size, between=between)
	assert {name: seen.get(name) for name in source.times} == {
		name: source.versions[name] for name in source.times
	}


@settings(max_examples=400)
@given(sources(), st.integers(2, 8), CHANGES)
def test_a_filter_that_leaves_out_the_time_is_never_taken_for_complete(source, size, changes):
	source.exclusive = True

	def between(pages):
		for when, kind, place_ in changes:
			if when == pages:
				source.change(kind, place_)

	try:
		seen, _ = walk(source, size, between=between)
	except PagingError as error:
		assert error.code == "exclusive"
	else:
		assert set(source.times) <= set(seen)


@settings(max_examples=200)
@given(sources(), st.integers(2, 8))
def test_a_quiet_source_is_not_asked_much_more_than_needed(source, size):
	count = len(source.times)
	seen, pages = walk(source, size)
	assert set(seen) == set(source.times)
	# Each page brings at least one new record, and a few are needed to see the end.
	assert pages <= count + 3


@given(sources(), st.integers(0, 12))
def test_from_a_time_on(source, second):
	since = min(source.times.values(), default=BASE) + second
	seen, _ = walk(source, since=since)
	assert set(seen) == {name for name, time in source.times.items() if time >= since}


def step(rows, ids=True, size=3, **position):
	paging = paging_from({**SETTINGS, "page_size": size})
	return advance(paging, {**first(paging), **position}, facts(rows, ids))


def row(name, second):
	return {"name": name, "modified": BASE + second, "version": 1}


class TestOnePage:
	def test_from_the_last_time_on(self):
		found = step([row("a", 0), row("b", 1), row("c", 1)])
		assert (found["since"], found["skip"]) == (BASE + 1, 0)

	def test_one_time_only_moves_on_by_offset_and_repeats_the_last_record(self):
		found = step([row("a", 0), row("b", 0), row("c", 0)])
		assert (found["since"], found["skip"]) == (BASE, 2)
		found = step([row("c", 0), row("d", 0), row("e", 0)], **found)
		assert (found["since"], found["skip"]) == (BASE, 4)
		found = step([row("e", 0), row("f", 0), row("g", 7)], **found)
		assert (found["since"], found["skip"]) == (BASE + 7, 0)

	def test_a_list_that_has_moved_is_read_again_from_its_beginning(self):
		found = step([row("a", 0), row("b", 0), row("c", 0)])
		for rows in ([row("d", 0), row("e", 0), row("a", 9)], [row("c", 3)], []):
			again = step(rows, **found)
			assert (again["since"], again["skip"], again["repeats"]) == (BASE, 0, 1)

	def test_also_where_records_have_no_id(self):
		found = step([row("a", 0), row("b", 0), row("c", 0)], ids=False)
		assert step([row("c", 0), row("d", 0), row("e", 0)], ids=False, **found)["skip"] == 4
		assert step([row("d", 0), row("e", 0), row("f", 0)], ids=False, **found)["skip"] == 0

	def test_a_new_time_begins_a_new_count_of_repetitions(self):
		found = step([row("a", 0), row("b", 0), row("c", 0)], repeats=15)
		assert found["repeats"] == 0

	def test_but_not_for_ever(self):
		found = step([row("a", 0), row("b", 0), row("c", 0)])
		with pytest.raises(PagingError, match="another order"):
			step([row("x", 0)] * 3, **{**found, "repeats": MAX_REPEATS})

	@pytest.mark.parametrize(("largest", "asked_again"), [(0, True), (2, True), (3, False), (500, False)])
	def test_a_short_first_page_is_the_last_only_when_the_size_is_known_to_be_honoured(
		self, largest, asked_again
	):
		paging = paging_from({**SETTINGS, "page_size": 3})
		position = first(paging, largest=largest)
		found = advance(paging, position, facts([row("a", 0), row("b", 1)]))
		assert (found is not None) == asked_again

	def test_the_flag_and_the_total_count_before_the_length(self):
		paging = paging_from({**SETTINGS, "page_size": 3, "page_more": "more"})
		full, short = [row("a", 0), row("b", 1), row("c", 2)], [row("a", 0)]
		assert advance(paging, first(paging), facts(full, data={"more": False})) is None
		assert advance(
			paging, {**first(paging), "most": 3}, facts([*short, row("b", 1)], data={"more": True})
		)
		with pytest.raises(PagingError, match="says that there are more"):
			advance(paging, {**first(paging), "since": BASE}, facts(short, data={"more": True}))
		with pytest.raises(PagingError, match="says that there are more"):
			advance(paging, first(paging), facts([], data={"more": True}))
		paging = paging_from({**SETTINGS, "page_size": 3, "page_total": "total"})
		assert advance(paging, first(paging), facts(full, data={"total": 3})) is None
		assert advance(paging, first(paging), facts(full, data={"total": 4}))

	@pytest.mark.parametrize("times", [[3, 2], [1, 2, 1], ["2024-01-02", "2024-01-01T23:59:59Z"]])
	def test_out_of_order(self, times):
		rows = [{"name": str(place_), "modified": time} for place_, time in enumerate(times)]
		with pytest.raises(PagingError) as caught:
			step(rows)
		assert caught.value.code == "order" and "ascending" in str(caught.value)

	@pytest.mark.parametrize("time", [None, ""])
	def test_without_a_time(self, time):
		with pytest.raises(PagingError, match="no time of its last change"):
			step([row("a", 0), {"name": "b", "modified": time}])

	def test_a_filter_by_whole_days_is_walked_by_offset(self):
		"""Records from before the time asked for are no reason to stand still."""
		rows = [row("a", 0), row("b", 1), row("c", 2)]
		found = step(rows, since=BASE + 50)
		assert (found["since"], found["skip"]) == (BASE + 50, 2)
		found = step([row("c", 2), row("d", 60)], **{**found, "most": 2})
		assert (found["since"], found["skip"]) == (BASE + 60, 0)

	def test_a_page_of_one_time_within_a_walk_by_offset_may_not_be_the_first_of_that_time(self):
		found = step(
			[row("a", 60), row("b", 60), row("c", 60)],
			since=BASE + 50,
			skip=7,
			last=facts([row("a", 60)]).print_of(0),
		)
		assert (found["since"], found["skip"]) == (BASE + 60, 0)

	def test_looking_back_goes_no_further_than_a_second(self):
		times = {f"r{number:04d}": BASE * 1000 + number for number in range(3000)}
		with pytest.raises(PagingError) as caught:
			walk(Source(times, exclusive=True), size=5, since=BASE * 1000 + 2000)
		assert caught.value.code == "exclusive" and caught.value.params["time"] == BASE * 1000 + 2005
