"""Tokens of a source: where they stand, where they go, when they have expired, and what cannot work."""

from __future__ import annotations

import pytest

from erp_connect.core.paging import check, tokens, walk
from erp_connect.core.paging.page import PagingError
from erp_connect.core.paging.request import build, request_from

BASE = "https://api.example.com/v3"
LIST = {
	"pull_path": "/files",
	"paging": "Body cursor",
	"page_parameter": "pageToken",
	"page_next": "nextPageToken",
	"token_next": "newStartPageToken",
	"changes_path": "/changes",
	"pull_parameters": [{"place": "Query", "key": "pageToken", "value": "{token}"}],
}


def path(values: dict, since: object, **position: object) -> str:
	spec = request_from(values)
	return build(spec, {}, {**walk.first(spec.paging, since), **position}, BASE).path


def test_everything_and_changes_are_asked_for_at_their_own_paths():
	assert path(LIST, None) == "/files"
	assert path(LIST, None, at="p2") == "/files?pageToken=p2"
	assert path(LIST, "t/1") == "/changes?pageToken=t%2F1"
	assert path(LIST, "t1", at="p2") == "/changes?pageToken=p2"


def test_a_token_stays_beside_the_position_where_they_have_two_names():
	values = {
		**LIST,
		"changes_path": "",
		"pull_parameters": [{"place": "Query", "key": "sync", "value": "{token}"}],
	}
	assert path(values, "t1", at="p2") == "/files?sync=t1&pageToken=p2"


def test_a_token_that_is_an_address_is_asked_as_it_is_and_nowhere_else():
	values = {**LIST, "changes_path": "{token}", "pull_parameters": []}
	assert path(values, f"{BASE}/delta?$deltatoken=x%2F1") == f"{BASE}/delta?$deltatoken=x%2F1"
	with pytest.raises(PagingError):
		path(values, "https://elsewhere.example/delta?token=1")


def test_where_a_token_stands():
	found = tokens.tokens_from(LIST).found
	assert found({"newStartPageToken": "t2"}, {}) == "t2"
	assert found({"newStartPageToken": 17}, {}) == "17"
	assert [found(answer, {}) for answer in (None, {}, {"newStartPageToken": ""})] == [None] * 3
	for wrong in ([1], {"a": 1}, True):
		with pytest.raises(PagingError):
			found({"newStartPageToken": wrong}, {})
	in_header = tokens.tokens_from({"token_next": "header:X-Sync"}).found
	assert (in_header({}, {"x-sync": "t3"}), in_header({"X-Sync": "no"}, {})) == ("t3", None)
	assert tokens.tokens_from({"token_next": " "}) is None


def test_when_a_token_has_expired():
	plain = tokens.tokens_from(LIST)
	said = tokens.tokens_from(
		{**LIST, "token_expired": "error.details[?reason == 'EXPIRED_SYNC_TOKEN'] | [0]"}
	)
	expired = {"error": {"details": [{"reason": "EXPIRED_SYNC_TOKEN"}]}}
	assert plain.is_expired(410, None) and said.is_expired(410, {})
	assert said.is_expired(400, expired) and not plain.is_expired(400, expired)
	assert not said.is_expired(400, {"error": {"details": []}}) and not said.is_expired(None, None)


def test_the_token_is_had_before_everything_and_never_before_changes():
	beforehand = tokens.tokens_from({**LIST, "token_path": "/start"})
	position = tokens.first(walk.first(request_from(LIST).paging), beforehand)
	assert tokens.is_beforehand(position)
	assert tokens.after_token(position) == walk.first(request_from(LIST).paging)
	assert not tokens.is_beforehand(tokens.first({"since": "t1"}, beforehand))
	assert not tokens.is_beforehand(tokens.first({"since": None}, tokens.tokens_from(LIST)))


@pytest.mark.parametrize(
	("values", "field"),
	[
		({"token_next": "", "pull_parameters": []}, "token_next"),
		({"pull_parameters": [], "changes_path": ""}, "token_next"),
		({"token_next": "a["}, "token_next"),
		({"token_expired": "a["}, "token_expired"),
		({"pull_since": "2026-01-01"}, "token_next"),
		({"window_days": 30}, "window_days"),
		({"parent_path": "/parents", "pull_path": "/files/{_parent.id}"}, "token_next"),
	],
)
def test_what_cannot_work_is_told_at_its_field(values, field):
	assert field in {problem.field for problem in check.check_values({**LIST, **values})}


def test_what_works_is_not_complained_of():
	assert check.check_values(LIST) == []
	assert check.check_values({**LIST, "changes_path": "{token}", "pull_parameters": []}) == []
