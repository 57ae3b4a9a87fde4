"""Events started by another document hold one that was not named in the row, and were shown by the other one alone."""

from erp_connect.store import upgrades


def execute() -> None:
	upgrades.name_documents_of_triggers()
