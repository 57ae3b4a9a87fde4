"""Backfills run as who started them, which was their owner until that had a field of its own."""

from erp_connect.store import backfills


def execute() -> None:
	backfills.name_starters()
