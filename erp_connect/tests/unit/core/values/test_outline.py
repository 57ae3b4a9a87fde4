"""What places a record has, in words for a person."""

from __future__ import annotations

from erp_connect.core.values.outline import paths_of


def test_what_looks_like_an_id_comes_first_and_no_value_is_shown():
	record = {
		"text": "secret",
		"flag": True,
		"none": None,
		"contact_id": 7,
		"address": {"city": "Berlin", "id": 5},
		"lines": [{"sku": "A"}, {"sku": "B", "more": 1}],
		"odd name": 1,
	}
	found = paths_of(record)
	assert found == ["contact_id", "address.id", "text", '"odd name"', "address.city", "lines[].sku"]
	assert "secret" not in " ".join(found)


def test_it_is_short_however_large_the_record_is():
	assert len(paths_of({f"field{number}": number for number in range(1000)})) == 12
	deep: dict = {"id": 1}
	for _ in range(50):
		deep = {"a": deep}
	assert paths_of(deep) == []
	assert paths_of("text") == paths_of([1, 2]) == paths_of({}) == paths_of({"": 1}) == []
