"""Pointed brackets in what people typed."""

from __future__ import annotations

import pytest

from erp_connect.core.values.brackets import in_round, in_round_alone


@pytest.mark.parametrize(
	("text", "round_", "alone"),
	[
		("", "", ""),
		("Mill Road", "Mill Road", "Mill Road"),
		("Dock <Gate 3>", "Dock (Gate 3)", "Dock <Gate 3>"),
		("<unknown>", "(unknown)", "(unknown)"),
		(" <none> <none> ", " (none) (none) ", " (none) (none) "),
		("<<none>", "((none)", "((none)"),
		("<!-- none -->", "(!-- none --)", "(!-- none --)"),
		("<", "<", "<"),
		("> 3 < 4", "> 3 < 4", "> 3 < 4"),
		("<a> <", "(a) (", "<a> <"),
	],
)
def test_brackets(text: str, round_: str, alone: str):
	assert (in_round(text), in_round_alone(text)) == (round_, alone)
