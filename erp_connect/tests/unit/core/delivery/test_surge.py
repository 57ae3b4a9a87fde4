"""How much more webhooks were refused within an hour."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery import surge


@pytest.mark.parametrize(
	("numbers", "grown"),
	[([], 0), ([7], 0), ([7, 7, 9], 2), ([0, 12], 12), ([5, 8, 0, 4], 7), ([5, 3], 3)],
)
def test_what_came_between_samples(numbers: list[int], grown: int):
	assert surge.grown(list(enumerate(numbers))) == grown


def test_only_the_last_hour_counts():
	samples: list[surge.Sample] = []
	for minute in range(120):
		samples = surge.with_sample(samples, minute * 60, minute)
	assert surge.grown(samples) == 60
