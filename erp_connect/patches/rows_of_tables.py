"""Rows of tables that a record left out were removed: flows of before go on like that, new ones keep them."""

from erp_connect.store import upgrades


def execute() -> None:
	upgrades.remove_rows_left_out()
