"""Links of accounts that were deleted stayed: another account of that name took its records for theirs."""

from erp_connect.store import leftovers


def execute() -> None:
	for account in leftovers.accounts_of_links():
		leftovers.forget_ids(account)
