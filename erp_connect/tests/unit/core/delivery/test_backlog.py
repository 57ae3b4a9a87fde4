"""Whether what waits becomes more: rises for half an hour, and not a burst that is worked off."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery.backlog import grows, with_sample


def samples(counts: list[int], step: float = 600) -> list[tuple[float, int]]:
	return [(10_000 + position * step, count) for position, count in enumerate(counts)]


@pytest.mark.parametrize(
	("counts", "least", "was", "before"),
	[
		([100, 300, 600, 900], 500, False, 100),
		([0, 300, 600, 900], 500, False, 0),
		([100, 300, 300, 900], 500, False, -1),
		([5000, 4000, 3000, 2000], 500, False, -1),
		([100, 200, 300, 400], 500, False, -1),
		([600, 900, 1200], 500, False, -1),
		([800, 900, 850, 860], 500, True, 800),
		([800, 900, 850, 700], 500, True, -1),
		([], 500, False, -1),
		([0, 0, 0, 0], 0, True, -1),
	],
)
def test_grows(counts, least, was, before):
	assert grows(samples(counts), least, was=was) == before


def test_a_gap_is_no_answer():
	assert grows([(0, 1), (1800, 900)], 500) == -1
	assert grows([(0, 1), (590, 2), (1300, 3), (1800, 900)], 500) == 1


def test_old_samples_are_forgotten():
	kept: list[tuple[float, int]] = []
	for minute in range(120):
		kept = with_sample(kept, minute * 60, minute * 10)
	assert len(kept) < 40
	assert kept[-1] == (7140, 1190)
	assert grows(kept, 500) == 890


def test_a_clock_that_was_set_back_takes_later_samples_away():
	assert with_sample([(100, 1), (200, 2)], 150, 3) == [(100, 1), (150, 3)]
