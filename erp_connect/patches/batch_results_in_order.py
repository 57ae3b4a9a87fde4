"""Flows with batches had their results read in the order sent, as their form said: that choice has a field now."""

from erp_connect.store import upgrades


def execute() -> None:
	upgrades.keep_batches_in_order()
