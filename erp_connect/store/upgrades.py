"""Statements that carry over what was set up by an earlier version. Called by the patches only. Nothing commits."""

import json
from collections.abc import Callable
from typing import Any

import frappe

# So many rows are read at once.
CHUNK = 500


def keep_batches_in_order() -> None:
	"""Tick *Results come in the order sent* on flows that read results and name no key to find them by."""
	frappe.db.sql(
		"UPDATE `tabField Mapping` SET batch_in_order = 1 WHERE batch_size > 1 AND IFNULL(batch_results, '') != ''"
		" AND IFNULL(batch_record_key, '') = ''"
	)


def name_documents_of_triggers() -> None:
	"""Say on requests that a trigger led to which document they hold; of one that is gone, only its DocType."""
	subjects = frappe.db.sql_list(
		"SELECT DISTINCT subject FROM `tabSync Log` WHERE subject IS NOT NULL AND payload_doctype IS NULL"
		" AND request_body IS NOT NULL"
	)
	for subject in subjects:
		wanted = json.loads(subject)
		if not frappe.db.exists("DocType", wanted["doctype"]):
			continue
		name = frappe.db.get_value(wanted["doctype"], wanted["where"], "name")
		frappe.db.sql(
			"UPDATE `tabSync Log` SET payload_doctype = %s, payload_name = %s WHERE subject = %s"
			" AND payload_doctype IS NULL AND request_body IS NOT NULL",
			(wanted["doctype"], name or "", subject),
		)


def remove_rows_left_out() -> None:
	"""Let existing flows remove the rows of tables that a record leaves out, as they always did."""
	frappe.db.sql("UPDATE `tabField Mapping` SET table_rows = 'Remove'")


def overlook_case_of_article_codes() -> None:
	"""Tick *Article codes may differ in case* on all accounts."""
	frappe.db.sql("UPDATE `tabIntegration Settings` SET item_codes_ignore_case = 1")


def name_checksums(kind: str, iv: str) -> None:
	"""Give schemes of verification of that kind the kind `salted_aes_checksum`, and the vector `iv`."""
	accounts = frappe.get_all(
		"Integration Settings",
		filters={"verification_scheme": ("like", f"%{kind}%")},
		fields=["name", "verification_scheme"],
	)
	for account in accounts:
		try:
			scheme = json.loads(account.verification_scheme)
		except ValueError:
			continue  # was refused before, and is refused still, with a reason
		if isinstance(scheme, dict) and scheme.get("kind") == kind:
			named = json.dumps(
				{**scheme, "kind": "salted_aes_checksum", "iv": iv}, indent=1, ensure_ascii=False
			)
			frappe.db.set_value(
				"Integration Settings", account.name, "verification_scheme", named, update_modified=False
			)


def drop_rows_without_effect(flow: str, names: list[str]) -> None:
	"""Take rows off the table Fields of a flow."""
	frappe.db.delete(
		"Field Mapping Row", {"parent": flow, "parenttype": "Field Mapping", "name": ("in", names)}
	)


def change_row(name: str, **values: object) -> None:
	"""Write columns of a row of the table Fields of a flow."""
	frappe.db.set_value("Field Mapping Row", name, values, update_modified=False)


def take_webhooks_from_anywhere() -> None:
	"""Tick *Webhooks from any address* on accounts whose list of addresses held for calls of the API only."""
	frappe.db.sql(
		"UPDATE `tabIntegration Settings` SET webhooks_from_anywhere = 1 WHERE IFNULL(TRIM(allowed_ips), '') != ''"
		" AND IFNULL(verification, '') != ''"
	)


def shorten_choices(doctype: str, fieldnames: tuple[str, ...], length: int) -> None:
	"""Give the columns of fields with fixed choices that length, where they exist: a row of a table has a limit."""
	for fieldname in fieldnames:
		if frappe.db.has_column(doctype, fieldname):
			frappe.db.change_column_type(doctype, fieldname, f"varchar({length})", nullable=True)


def call_loads_cancelled() -> None:
	"""Give loads that a person ended the status that says so."""
	frappe.db.sql("UPDATE `tabSync Load` SET status = 'Cancelled' WHERE status = 'Given Up'")


def mask_webhooks(account: str, masked: Callable[[Any], Any]) -> None:
	"""Replace the bodies of an account's webhooks that are kept. masked: parsed body → what may be kept of it."""
	after = 0
	while rows := frappe.db.sql(
		"SELECT name, seq, request_body FROM `tabSync Log` WHERE integration = %s AND event = 'webhook' AND seq > %s"
		" AND request_body IS NOT NULL ORDER BY seq LIMIT %s",
		(account, after, CHUNK),
		as_dict=True,
	):
		after = rows[-1].seq
		for row in rows:
			try:
				body = json.loads(row.request_body)
			except (ValueError, RecursionError):
				continue  # a body that is no JSON has no places either
			if (kept := masked(body)) != body:
				frappe.db.sql(
					"UPDATE `tabSync Log` SET request_body = %s WHERE name = %s",
					(json.dumps(kept, ensure_ascii=False), row.name),
				)
