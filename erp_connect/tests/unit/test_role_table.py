"""The page about security says who may do what as the code has it."""

from __future__ import annotations

import json

import pytest

from erp_connect.tests.unit import role_table
from erp_connect.tests.unit.role_table import MANAGER, SYSTEM_MANAGER, USER

# A record of the outside, of which no document here says who may see it.
FOR_MANAGERS = ("Sync Sample",)


def test_the_page_has_the_tables_of_the_code():
	page = role_table.PAGE.read_text("utf-8")
	assert role_table.in_page(page) == page, "python -m erp_connect.tests.unit.role_table"


def test_every_call_asks_for_a_role():
	assert {name for name, (role, _rights) in role_table.calls().items() if not role} == set()


@pytest.mark.parametrize("doctype", role_table.doctypes())
def test_operators_change_nothing_by_hand_and_managers_remove_no_history(doctype):
	allowed = role_table.permissions(doctype)
	assert allowed[USER] == (() if doctype in FOR_MANAGERS else ("read",))
	if "write" not in allowed[MANAGER]:
		assert allowed[MANAGER] == ("read",)
	assert set(allowed[MANAGER]) <= set(allowed[SYSTEM_MANAGER])


@pytest.mark.parametrize("doctype", role_table.doctypes())
def test_who_writes_what_steers_an_account_needs_the_rights_of_its_user(doctype):
	assert role_table.needs_rights(doctype) == ("write" in role_table.permissions(doctype)[MANAGER])


def test_all_records_but_value_maps_belong_to_a_company():
	assert [name for name in role_table.doctypes() if not role_table.is_of_company(name)] == ["Value Map"]


def test_rows_of_every_table_are_saved_with_their_record_alone():
	"""Frappe saves a row by itself too, past everything that its record checks."""
	tables = [
		file
		for file in (role_table.ROOT / "erp_connect/erp_connect/doctype").glob("*/*.json")
		if file.stem == file.parent.name and json.loads(file.read_text("utf-8")).get("istable")
	]
	assert len(tables) > 8
	assert [
		file.stem for file in tables if "(OwnedRow)" not in file.with_suffix(".py").read_text("utf-8")
	] == []
