"""Documents that were deleted before DocTypes were marked for it: each DocType that links lead to is."""

from erp_connect.capture import numbers


def execute() -> None:
	numbers.mark_all()
