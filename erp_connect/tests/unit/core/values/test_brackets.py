"""Pointed brackets in what people typed."""

from __future__ import annotations

import pytest

from erp_connect.core.values.brackets import in_round


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
