"""Columns of choices are as long as their choices: the row of a flow had no room for a further column.

Before the DocTypes are synchronised, since that adds new columns first.
"""

from erp_connect.store import upgrades

CHOICES = (
	"direction", "purpose", "payload_format", "number_format", "on_missing", "table_rows", "pull_method", "pull_format",
	"csv_delimiter", "text_encoding", "pull_schedule", "paging", "page_place", "conflict_policy", "reconcile_schedule",
	"on_remote_delete",
)  # fmt: skip


def execute() -> None:
	upgrades.shorten_choices("Field Mapping", CHOICES, 40)
