"""Pointed brackets in what people typed."""

from __future__ import annotations

import pytest

from erp_connect.core.values.brackets import as_html, in_round


@pytest.mark.parametrize(
	("text", "found"),
	[
		("", ""),
		("Mill Road", "Mill Road"),
		("Dock <Gate 3>", "Dock (Gate 3)"),
		("<unknown>", "(unknown)"),
		("<3>", "(3)"),
		("<!-- none -->", "(!-- none --)"),
		("<img src=x onerror=alert(1) ", "(img src=x onerror=alert(1) "),
		("</p", "(/p"),
		("<", "<"),
		("3 < 4", "3 < 4"),
		("> 3 < 4", "> 3 < 4"),
		("a -> b", "a -> b"),
	],
)
def test_round_brackets_where_a_tag_would_be_found(text: str, found: str):
	assert in_round(text) == found


@pytest.mark.parametrize(
	("text", "found"),
	[
		("Mill & Son", "Mill & Son"),
		("3 < 4", "3 < 4"),
		("R&D <Nord>", "R&amp;D &lt;Nord&gt;"),
		("R&amp;D <Nord>", "R&amp;D &lt;Nord&gt;"),
		("</Nord>", "&lt;/Nord&gt;"),
		("<p>Fine & good</p>", "<p>Fine & good</p>"),
		("<P>See <Nord></P>", "<P>See &lt;Nord></P>"),
		("<b>Ida</b> <ida@example.com>", "<b>Ida</b> &lt;ida@example.com>"),
	],
)
def test_words_in_pointed_brackets_are_words_where_text_is_html(text: str, found: str):
	assert as_html(text, {"p", "b"}) == found
