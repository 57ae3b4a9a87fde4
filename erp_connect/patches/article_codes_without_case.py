"""Article codes were compared without case: accounts that are there go on so, new ones compare letter by letter."""

from erp_connect.store import upgrades


def execute() -> None:
	upgrades.overlook_case_of_article_codes()
