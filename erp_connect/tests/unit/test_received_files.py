"""The files of a record that comes in: how they are read, how their names are cleaned, what is refused."""

import time
from base64 import b64encode

import pytest

from erp_connect.core.payload.received_files import MOST, Unread, cleaned_name, received

TEXT = b64encode(b"hello").decode()


def one(**said):
	[file] = received({"_attachments": [said]})
	return file


@pytest.mark.parametrize(
	"content", (TEXT, f"data:text/plain;base64,{TEXT}", f"{TEXT[:4]}\r\n{TEXT[4:]}", f" {TEXT}\n")
)
def test_contents_are_base64_also_with_breaks_and_as_data_uri(content):
	file = one(name="a.txt", content=content)
	assert (file.content, file.problem) == (b"hello", None)


@pytest.mark.parametrize("content", ("no base64!", "aGVsbG8", 12, ["aGVsbG8="], "é", "data:text/plain,hello"))
def test_what_is_no_base64_is_the_problem_of_that_file(content):
	file = one(name="a.txt", content=content)
	assert file.content is None and "base64" in str(file.problem)


def test_a_file_without_content_and_address_is_told():
	assert "neither" in str(one(name="a.txt").problem)


def test_a_file_of_which_nothing_is_said_is_none():
	assert received({"_attachments": [{"name": None, "url": ""}, {}, None], "_files": {"image": {}}}) == []


def test_what_the_rows_find_nothing_in_is_told_with_what_it_is():
	[file, other] = received(
		{"_attachments": [{"name": "a.txt", "content": TEXT}, Unread("https://x.example/a.pdf")]}
	)
	assert (file.problem, other.content) == (None, None)
	assert "'https://x.example/a.pdf'" in str(other.problem)


def test_a_name_comes_from_the_address_where_none_is_said():
	assert one(url="https://cdn.example.com/a/b%20c.png?token=x").name == "b c.png"
	assert "name" in str(one(url="https://cdn.example.com/").problem)
	assert "name" in str(one(content=TEXT).problem)


def test_files_of_fields_know_their_field():
	[file] = received({"_files": {"image": {"url": "https://cdn.example.com/a.png"}}})
	assert (file.field, file.url, file.place) == ("image", "https://cdn.example.com/a.png", "_files.image")


@pytest.mark.parametrize(
	"said, kept",
	(
		("invoice.pdf", "invoice.pdf"),
		("../../etc/passwd", "passwd"),
		("C:\\Users\\x\\offer 1.pdf", "offer 1.pdf"),
		(".htaccess", "htaccess"),
		("..", ""),
		("a\x00b\nc\u202egnp.exe", "abcgnp.exe"),
		("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
		("a%2e%2e?b#c&d.png", "a_2e_2e_b_c_d.png"),
		("Rechnung Nr. 5 – Müller.pdf", "Rechnung Nr. 5 – Müller.pdf"),
		("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
		("x" * 300, "x" * 100),
		(None, ""),
		(12, ""),
	),
)
def test_names_are_cleaned(said, kept):
	assert cleaned_name(said) == kept


def test_more_files_than_are_taken_are_told_one_by_one():
	files = received({"_attachments": [{"name": f"{n}.txt", "content": TEXT} for n in range(MOST + 2)]})
	assert [bool(file.problem) for file in files] == [False] * MOST + [True] * 2
	assert str(MOST) in str(files[-1].problem) and str(MOST + 2) in str(files[-1].problem)


def test_time_grows_with_the_length_and_not_faster():
	def seconds(size):
		started = time.process_time()
		one(name="../" * size, content="data:" + "A " * size)
		return time.process_time() - started

	seconds(1000)
	assert seconds(400_000) < max(3 * seconds(200_000), 0.3)
