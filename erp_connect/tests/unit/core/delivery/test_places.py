"""Places: what several workers have under way at one account together."""

from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.delivery import places
from erp_connect.core.delivery.places import Places


def take(held, worker, limit, now=0.0):
	return places.take(held, worker, limit=limit, now=now, until=now + 60)


def test_one_worker_has_all_places_after_a_few_claims():
	held, counts = {}, []
	for _ in range(5):
		count, held = take(held, "a", 16)
		counts.append(count)
	assert counts == [8, 12, 14, 15, 16]


def test_one_place_goes_to_one_worker():
	count, held = take({}, "a", 1)
	assert count == 1
	assert take(held, "b", 1)[0] == 0
	assert take(held, "a", 1)[0] == 1


def test_the_next_worker_finds_some():
	_, held = take({}, "a", 16)
	count, _ = take(held, "b", 16)
	assert count == 4


def test_a_worker_that_died_loses_its_places():
	_, held = take({}, "a", 1)
	assert take(held, "b", 1, now=59)[0] == 0
	assert take(held, "b", 1, now=60)[0] == 1


def test_places_that_are_given_back_are_free():
	_, held = take({}, "a", 1)
	assert places.give_back(held, "a") == {}
	assert places.give_back({}, "a") == {}


def test_a_lower_limit_takes_effect_as_workers_give_back():
	held = {"a": Places(8, 60)}
	assert take(held, "a", 2)[0] == 8
	assert take(held, "b", 2)[0] == 0


@given(
	st.integers(1, 20),
	st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["take", "leave"]), st.integers(0, 90))),
)
def test_all_together_never_have_more_than_the_limit(limit, moves):
	held, now = {}, 0.0
	for worker, move, passed in moves:
		now += passed
		if move == "leave":
			held = places.give_back(held, worker)
		else:
			count, held = take(held, worker, limit, now)
			alone = all(name == worker for name, has in held.items() if has.until > now)
			assert count >= 1 or not alone
		assert sum(has.count for has in held.values() if has.until > now) <= limit
