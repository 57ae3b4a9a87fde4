"""Events of accounts that were deleted waited for ever: nobody sends for an account that does not exist."""

from erp_connect.store import leftovers


def execute() -> None:
	for account in leftovers.missing_accounts():
		leftovers.cancel_of_account(account)
