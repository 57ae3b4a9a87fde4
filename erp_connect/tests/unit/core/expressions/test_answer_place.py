"""Where an answer says something: in a header or in its body."""

import pytest

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.answer_place import place_from

HEADERS = {"etag": ' W/"7" ', "X-Other": "1"}


@pytest.mark.parametrize(
	("text", "found"),
	[
		("header:ETag", 'W/"7"'),
		("header: x-other", "1"),
		("header:Missing", None),
		("data.version", 7),
		("data.missing", None),
		('data."@odata.etag"', "e"),
	],
)
def test_what_stands_there(text, found):
	assert place_from(text).found({"data": {"version": 7, "@odata.etag": "e"}}, HEADERS) == found


def test_nothing_stands_in_no_body():
	assert place_from("version").found(None, HEADERS) is None
	assert place_from("length(version)").found({"version": 7}, HEADERS) is None


@pytest.mark.parametrize("text", [None, "", "  "])
def test_nowhere(text):
	assert place_from(text) is None


@pytest.mark.parametrize("text", ["header:", "header:a b", "header:ETag = 1", "a["])
def test_no_place(text):
	with pytest.raises(ConnectError):
		place_from(text)
