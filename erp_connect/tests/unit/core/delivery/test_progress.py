"""How far an event in several requests has come."""

from __future__ import annotations

import pytest

from erp_connect.core.delivery.progress import Progress, key_of_step, progress_of
from erp_connect.core.errors import ConfigurationError

NAMES = ["query", "request", "label"]


def test_an_event_that_is_not_begun_has_all_steps_before_it():
	assert progress_of(None).remaining(NAMES) == NAMES


def test_what_has_succeeded_is_never_asked_for_again_and_what_was_left_out_before_it_stays_left_out():
	assert Progress().after("request", {"id": 1}).remaining(NAMES) == ["label"]


def test_it_survives_as_text():
	progress = Progress().after("query", {"größe": [1, None]}).after("request", "ok")
	again = progress_of(progress.to_text())
	assert again == progress
	assert list(again.answers) == ["query", "request"]


def test_steps_that_were_renamed_before_the_events_own_request_begin_anew():
	assert Progress().after("query", 1).remaining(["search", "request"]) == ["search", "request"]


def test_steps_that_were_renamed_after_it_are_told():
	with pytest.raises(ConfigurationError, match="query, request"):
		Progress({"query": 1, "request": 2}, rule="insert").remaining(["create", "label"])


def test_each_step_has_a_key_of_its_own_that_stays_the_same():
	keys = {key_of_step("a", "label"), key_of_step("a", "pickup"), key_of_step("b", "label")}
	assert len(keys) == 3
	assert key_of_step("a", "label") in keys
	assert "a" not in keys
