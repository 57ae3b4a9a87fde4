"""Sets of match keys: which of them say something about a record, and what becomes of keys from before."""

from erp_connect.core.mapping.matching import MatchKey, in_sets, sets_of_alternatives, wanted

EMPLOYEE, TIME = MatchKey("employee"), MatchKey("time")


def test_keys_are_grouped_by_number_in_the_order_of_the_numbers():
	other = MatchKey("email")
	assert in_sets([(2, other), (1, EMPLOYEE), (1, TIME)]) == ((EMPLOYEE, TIME), (other,))
	assert in_sets([]) == ()


def test_all_values_of_a_set_are_wanted():
	values = {"employee": "E1", "time": "08:00", "note": "x"}
	assert wanted((EMPLOYEE, TIME), values) == {"employee": "E1", "time": "08:00"}
	for missing in (
		{"employee": "E1"},
		{"employee": "E1", "time": ""},
		{"employee": None, "time": "08:00"},
		{"employee": "  ", "time": "08:00"},
		{},
	):
		assert wanted((EMPLOYEE, TIME), missing) is None


def test_zero_is_a_value():
	assert wanted((MatchKey("pack"),), {"pack": 0}) == {"pack": 0}


def test_empty_fits_empty_where_that_is_said_but_never_alone():
	until = MatchKey("until", empty=True)
	assert wanted((EMPLOYEE, until), {"employee": "E1"}) == {"employee": "E1", "until": None}
	assert wanted((until,), {}) is None
	assert wanted((until, MatchKey("list", fixed=True)), {"list": "Standard"}) is None


def test_alternatives_from_before_stay_unless_one_would_take_in_strangers():
	assert sets_of_alternatives({"email": True, "tax_id": True}) == {"email": 1, "tax_id": 2}
	assert sets_of_alternatives({"employee": False, "time": False}) == {"employee": 1, "time": 1}
	assert sets_of_alternatives({"tax_id": True, "company": False}) == {"tax_id": 1, "company": 1}
