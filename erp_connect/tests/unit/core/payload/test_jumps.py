import pytest

from erp_connect.core.payload.jumps import ENDLESS, change, exceeds


@pytest.mark.parametrize(
	("old", "new", "percent"),
	[
		(10, 12, 20),
		(10, 8, 20),
		(10.0, 10, 0),
		("10.00", "19.00", 90),
		("-4.00", "4.00", 200),
		("10.00", "1000", 9900),
		("10", "10.50", 5),
		(10, "15", 50),
		(float("nan"), 1, None),
		(0, 5, ENDLESS),
		(0, 0.0, 0),
		("4006381333931", "4006381333948", None),
		("10.00 EUR", "12.00 EUR", None),
		(True, False, None),
		(None, 5, None),
		({"a": 1}, 5, None),
	],
)
def test_change(old, new, percent):
	assert change(old, new) == percent


def test_the_limit_itself_is_no_jump():
	assert not exceeds(10, 12, 20)
	assert exceeds(10, 12.01, 20)
	assert exceeds(0, 1, 1_000)
	assert not exceeds("a", "b", 0)
