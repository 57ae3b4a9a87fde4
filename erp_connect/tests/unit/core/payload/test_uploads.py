"""Parts of a file, as resumable uploads tell them."""

from __future__ import annotations

import pytest

from erp_connect.core.payload.uploads import Part, next_part, taken_by


@pytest.mark.parametrize(
	("taken", "total", "again", "told", "sent"),
	[
		(0, 10, False, "bytes 0-3/10", b"0123"),
		(4, 10, False, "bytes 4-7/10", b"4567"),
		(8, 10, False, "bytes 8-9/10", b"89"),
		(8, 10, True, "bytes */10", b""),
		(0, 10, True, "bytes */10", b""),
		(10, 10, False, "bytes */10", b""),
		(12, 10, False, "bytes */10", b""),
	],
)
def test_a_part_says_where_it_stands(taken, total, again, told, sent):
	part = next_part(taken, total, 4, again=again)
	assert (part.content_range, part.of(b"0123456789")) == (told, sent)


def test_an_empty_file_is_sent_as_it_is():
	assert next_part(0, 0, 4, again=False) == Part(0, 0, 0)


@pytest.mark.parametrize(
	("headers", "taken"),
	[({"Range": "bytes=0-42"}, 43), ({"range": "0-524287"}, 524288), ({}, 0), ({"Range": "bytes=5-9"}, 0)],
)
def test_what_the_other_side_has(headers, taken):
	assert taken_by(headers) == taken
