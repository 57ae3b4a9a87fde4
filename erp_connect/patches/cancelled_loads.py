"""A load that a person ended was called Given Up. It is Cancelled, as its button says."""

from erp_connect.store import upgrades


def execute() -> None:
	upgrades.call_loads_cancelled()
