"""Files that are told as lists of numbers."""

from __future__ import annotations

from typing import Any

import pytest

from erp_connect.core.payload.byte_lists import bytes_of


def test_each_number_is_a_byte():
	assert bytes_of([37, 80, 68, 70, 0, 255]) == b"%PDF\x00\xff"


@pytest.mark.parametrize(
	"value", [None, "", "JVBERi0=", [], [256], [-1], [37, None], [37, "80"], [1.0], [True, False], [[37, 80]]]
)
def test_anything_else_is_none(value: Any):
	assert bytes_of(value) is None
