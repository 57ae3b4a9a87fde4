"""Statements that carry over what was set up by an earlier version. Called by the patches only. Nothing commits."""

import frappe


def keep_batches_in_order() -> None:
	"""Tick *Results come in the order sent* on flows that read results and name no key to find them by."""
	frappe.db.sql(
		"UPDATE `tabField Mapping` SET batch_in_order = 1 WHERE batch_size > 1 AND IFNULL(batch_results, '') != ''"
		" AND IFNULL(batch_record_key, '') = ''"
	)
