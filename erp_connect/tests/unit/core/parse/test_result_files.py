"""Files of results: archives and plain ones, broken ones, and those that would not fit."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from erp_connect.core.parse import result_files
from erp_connect.core.parse.result_files import UnreadableResults, read_results
from erp_connect.tests.fakes.mailchimp_batches import archive

RESULTS = [{"operation_id": str(number)} for number in range(5)]


def test_all_files_of_an_archive_are_read_and_nothing_else_in_it():
	found = [one for part in read_results(archive(RESULTS)) for one in part]
	assert sorted(found, key=lambda one: one["operation_id"]) == RESULTS


def test_a_link_in_an_archive_leads_nowhere():
	file = io.BytesIO()
	with tarfile.open(fileobj=file, mode="w:gz") as tar:
		link = tarfile.TarInfo("results.json")
		link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
		tar.addfile(link)
	assert read_results(file.getvalue()) == []


def test_json_alone_compressed_or_not():
	plain = json.dumps(RESULTS).encode()
	assert read_results(plain) == read_results(gzip.compress(plain)) == [RESULTS]


@pytest.mark.parametrize(
	("content", "words"),
	[
		(b"<html>", "no JSON"),
		(b"\x1f\x8bnothing", "compressed"),
		(archive(RESULTS)[:-12], "too early"),
		(gzip.compress(b"[" * 200_000), "no JSON"),
		(gzip.compress(gzip.decompress(archive(RESULTS))[:1100]), "broken"),
	],
)
def test_what_is_broken_is_told(content, words):
	with pytest.raises(UnreadableResults, match=words):
		read_results(content)


def test_a_small_file_that_would_become_a_large_one_is_told_before_it_is_held():
	with pytest.raises(UnreadableResults, match="more than 1000 bytes"):
		read_results(gzip.compress(b" " * 50_000_000), most_bytes=1000)


def test_more_files_than_are_read_are_told(monkeypatch):
	monkeypatch.setattr(result_files, "MOST_FILES", 2)
	with pytest.raises(UnreadableResults, match="more than 2 files"):
		read_results(archive(RESULTS))
