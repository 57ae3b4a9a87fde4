"""Marks that stand for the contents of files until a request is sent."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import parse_qs

import pytest

from erp_connect.core.errors import PayloadError
from erp_connect.core.payload import contents
from erp_connect.core.payload.serialise import serialise

PDF = b"%PDF-1.7\x00\xff\xfe+/="
MARK = contents.mark("a.pdf", "c0ffee")


@pytest.mark.parametrize("fmt", ["JSON", "XML", "Form"])
def test_the_contents_take_the_place_of_their_mark_in_every_format(fmt):
	body, content_type = serialise({"file": {"data": MARK}, "note": "é"}, fmt)
	sent = contents.filled(body, content_type, {MARK: PDF}).decode()
	found = parse_qs(sent)["file[data]"][0] if fmt == "Form" else sent
	assert b64encode(PDF).decode() in found and "erp-connect" not in sent


def test_a_part_gets_the_contents_as_they_are():
	body = contents.as_part(MARK).encode() + b" " + MARK.encode()
	assert contents.filled(body, "multipart/form-data", {MARK: PDF}) == PDF + b" " + b64encode(PDF)


def test_marks_are_counted_whatever_they_stand_for():
	body = f"{MARK},{contents.as_part(MARK)}".encode()
	assert contents.marks(body) == {MARK: 2}


@pytest.mark.parametrize("broken", [MARK[:30], MARK.upper(), "Erp-Connect-File-x"])
def test_a_mark_that_was_changed_is_refused(broken):
	with pytest.raises(PayloadError, match="changed by a transform"):
		contents.marks(broken.encode())


@pytest.mark.parametrize("length", [0, 1, 2, 3, 1000])
def test_the_size_is_told_before_anything_is_read(length):
	content = b"x" * length
	body = f'{{"a":"{MARK}","b":"{contents.as_part(MARK)}"}}'.encode()
	assert contents.size(body, {MARK: length}) == len(contents.filled(body, "", {MARK: content}))


def test_another_content_or_name_has_another_mark():
	assert len({MARK, contents.mark("a.pdf", "c0ffed"), contents.mark("b.pdf", "c0ffee")}) == 3


def test_only_marks_that_the_sender_has_contents_for_are_filled():
	other = contents.mark("b.pdf", "c0ffee").encode()
	assert contents.filled(other, "application/json", {MARK: PDF}) == other
