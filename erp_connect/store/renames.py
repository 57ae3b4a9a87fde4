"""What follows when a document of ERPNext or a flow is renamed or merged: links and events go along. Never commits."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.delivery.states import FAILED, IN, ON_HOLD, OUT
from erp_connect.store import exemptions, former_codes, former_names, merged_links, subjects
from erp_connect.store.keys import order_key, subject_key
from erp_connect.store.sync_link import flow_key


def before_merge(doctype: str, old: str, new: str) -> None:
	"""Number those links of `old` that `new` has as well, so that both can belong to it; drop such without an id.

	Each keeps the name `old`, until the end of that document was told outside.
	"""
	links = frappe.db.sql(
		"SELECT name, integration, remote_entity, document_name, external_id, merged, merged_from FROM `tabSync Link`"
		" WHERE document_type = %s AND document_name IN %s ORDER BY merged FOR UPDATE",
		(doctype, (old, new)),
		as_dict=True,
	)
	groups: dict[tuple[str, str], list] = {}
	for link in links:
		groups.setdefault((link.integration, link.remote_entity), []).append(link)
	for group in groups.values():
		_number(group, old, new)
	exemptions.end_of(doctype, old)


def _number(links: list, old: str, new: str) -> None:
	"""Give the links of one kind that will move onto the document `new` numbers that are free there."""
	used = {link.merged for link in links if link.document_name == new}
	last = max(link.merged for link in links)
	for link in links:
		if link.document_name == new:
			continue
		if link.merged in used and not link.external_id:
			frappe.db.delete("Sync Link", {"name": link.name})
			continue
		values: dict[str, Any] = {}
		if link.merged == 0:
			values["merged_from"] = merged_links.with_name(link.merged_from, old)
		if link.merged in used:
			last += 1
			values["merged"] = last
		if values:
			frappe.db.set_value("Sync Link", link.name, values, update_modified=False)
		used.add(values.get("merged", link.merged))


def ends_of(doctype: str, name: str) -> list[str]:
	"""Events that tell the end of a merged document, which had this name."""
	return frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` WHERE reference_doctype = %s AND reference_name = %s"
		" AND merged_into IS NOT NULL AND event IN %s",
		(doctype, name, merged_links.ENDINGS),
	)


def keep_ends(events: list[str], name: str) -> None:
	"""Let events of `ends_of` be of the document that had the name: Frappe's rename takes them to whoever has it now."""
	if events:
		frappe.db.sql("UPDATE `tabSync Log` SET reference_name = %s WHERE name IN %s", (name, events))


def after_rename(doctype: str, old: str, new: str, *, merge: bool = False) -> None:
	"""After a rename or merge: links and events of `old` belong to `new`, and what waits keeps its place in its order.

	After a rename, what waits also knows the name by which the other side knows the document.
	"""
	frappe.db.sql(
		"UPDATE `tabSync Link` SET document_name = %s WHERE document_type = %s AND document_name = %s",
		(new, doctype, old),
	)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET reference_name = %s WHERE reference_doctype = %s AND reference_name = %s"
		# The end of a merged document is told of that one, whoever has its name now.
		" AND NOT (merged_into IS NOT NULL AND event IN %s)",
		(new, doctype, old, merged_links.ENDINGS),
	)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET payload_name = %s WHERE payload_doctype = %s AND payload_name = %s",
		(new, doctype, old),
	)
	merged_links.now_into(doctype, old, new)
	exemptions.now_of(doctype, old, new)
	subjects.after_rename(doctype, old, new)
	if doctype == former_codes.ITEM:
		former_codes.remember(old, new)
	if not merge:
		rekey_done(doctype, old, new)
	for row in frappe.db.sql(
		"SELECT name, field_mapping, event, old_name FROM `tabSync Log`"
		" WHERE reference_doctype = %s AND reference_name = %s AND direction = %s AND subject IS NULL"
		" AND (due_at IS NOT NULL OR status IN %s)",
		(doctype, new, OUT, (ON_HOLD, FAILED)),
		as_dict=True,
	):
		key = order_key(row.field_mapping, doctype, new)
		# A document whose insert waits has no other name outside.
		told = row.old_name or (None if merge or row.event == "insert" else old)
		frappe.db.sql(
			"UPDATE `tabSync Log` SET order_key = %s, old_name = %s WHERE name = %s", (key, told, row.name)
		)


def rekey_done(doctype: str, old: str, new: str) -> None:
	"""What was delivered of a renamed document is its history, by which a repetition of an older state is known."""
	frappe.db.sql(
		"UPDATE `tabSync Log` SET order_key = SHA1(CONCAT(field_mapping, '\n', reference_doctype, '\n', reference_name))"
		" WHERE reference_doctype = %s AND reference_name = %s AND direction = %s AND subject IS NULL"
		" AND order_key = SHA1(CONCAT(field_mapping, '\n', reference_doctype, '\n', %s))",
		(doctype, new, OUT, old),
	)


def after_account_rename(old: str, new: str) -> None:
	"""After a rename or merge of accounts, whose events name `new` by now: what came in once came in once.

	By the old keys, a repetition would have its effect again, and what comes to another account that gets the old name none.
	"""
	former_names.remember(former_names.ACCOUNT, old, new)
	frappe.db.sql(
		"UPDATE IGNORE `tabSync Log` SET dedupe_key = SHA2(CONCAT(%s, '\n', event, '\n', idempotency_key), 256)"
		" WHERE integration = %s AND direction = %s"
		" AND dedupe_key = SHA2(CONCAT(%s, '\n', event, '\n', idempotency_key), 256)",
		(new, new, IN, old),
	)


def after_flow_rename(old: str, new: str) -> None:
	"""After a rename or merge of flows, whose events name `new` by now: they keep their order with those that follow.

	By the old keys, a state that waits would be sent after a newer one, and a record that waits to be made be made twice.
	"""
	former_names.remember(former_names.FLOW, old, new)
	_rekey_documents(old, new)
	_rekey_subjects(new)
	_rekey_records(old, new)
	_keep_states(flow_key(old), flow_key(new))


def after_doctype_rename(old: str, new: str) -> None:
	"""After a rename of a DocType: its events, which name it by now, keep their order and what they know of documents."""
	# Flows are kept as they were when they were changed last, and any of them may speak of it.
	frappe.db.sql("UPDATE `tabField Mapping` SET modified = %s", now())
	for column in ("reference_name", "merged_into"):
		frappe.db.sql(
			"UPDATE `tabSync Log`"
			f" SET order_key = SHA1(CONCAT(field_mapping, '\n', reference_doctype, '\n', `{column}`))"
			f" WHERE reference_doctype = %s AND direction = %s AND subject IS NULL AND `{column}` IS NOT NULL"
			f" AND order_key = SHA1(CONCAT(field_mapping, '\n', %s, '\n', `{column}`))",
			(new, OUT, old),
		)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET snapshot = JSON_SET(snapshot, '$.doctype', %s)"
		" WHERE reference_doctype = %s AND direction = %s AND JSON_VALUE(snapshot, '$.doctype') = %s",
		(new, new, OUT, old),
	)
	for flow, subject in frappe.db.sql(
		"SELECT DISTINCT field_mapping, subject FROM `tabSync Log` WHERE direction = %s AND subject IS NOT NULL"
		" AND (due_at IS NOT NULL OR status IN %s)",
		(OUT, (ON_HOLD, FAILED)),
	):
		wanted = json.loads(subject)
		if wanted["doctype"] == old:
			frappe.db.sql(
				"UPDATE `tabSync Log` SET order_key = %s, subject = %s"
				" WHERE field_mapping = %s AND direction = %s AND subject = %s",
				(
					subject_key(flow, new, wanted["where"]), json.dumps({**wanted, "doctype": new}),
					flow, OUT, subject,
				),
			)  # fmt: skip


def _rekey_documents(old: str, new: str) -> None:
	"""Events that go out: of their document, or of that into which it was merged."""
	frappe.db.sql(
		"UPDATE `tabSync Log` SET order_key = SHA1(CONCAT(%s, '\n', reference_doctype, '\n', reference_name))"
		" WHERE field_mapping = %s AND direction = %s AND subject IS NULL"
		" AND order_key = SHA1(CONCAT(%s, '\n', reference_doctype, '\n', reference_name))",
		(new, new, OUT, old),
	)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET order_key = SHA1(CONCAT(%s, '\n', reference_doctype, '\n', merged_into))"
		" WHERE field_mapping = %s AND direction = %s AND merged_into IS NOT NULL"
		" AND order_key = SHA1(CONCAT(%s, '\n', reference_doctype, '\n', merged_into))",
		(new, new, OUT, old),
	)


def _rekey_subjects(flow: str) -> None:
	"""Events that a trigger made, and that are not done: of what the trigger points to."""
	for (subject,) in frappe.db.sql(
		"SELECT DISTINCT subject FROM `tabSync Log` WHERE field_mapping = %s AND direction = %s AND subject IS NOT NULL"
		" AND (due_at IS NOT NULL OR status IN %s)",
		(flow, OUT, (ON_HOLD, FAILED)),
	):
		wanted = json.loads(subject)
		frappe.db.sql(
			"UPDATE `tabSync Log` SET order_key = %s WHERE field_mapping = %s AND direction = %s AND subject = %s",
			(subject_key(flow, wanted["doctype"], wanted["where"]), flow, OUT, subject),
		)


def _rekey_records(old: str, new: str) -> None:
	"""Records that came in: what waits of an older state gives way to a newer one."""
	frappe.db.sql(
		"UPDATE `tabSync Log` log JOIN `tabField Mapping` flow ON flow.name = log.field_mapping"
		" SET log.order_key = SHA1(CONCAT('in:', %s, '\n', flow.remote_entity, '\n', log.external_id))"
		" WHERE log.field_mapping = %s AND log.direction = %s"
		" AND log.order_key = SHA1(CONCAT('in:', %s, '\n', flow.remote_entity, '\n', log.external_id))",
		(new, new, IN, old),
	)


def _keep_states(old: str, new: str) -> None:
	"""What links remember of a flow, by its key: the state that was sent last, and which event said a field last."""
	frappe.db.sql(
		"UPDATE `tabSync Link` SET sent_state = JSON_REMOVE(JSON_SET(sent_state, %s, JSON_EXTRACT(sent_state, %s)), %s)"
		" WHERE JSON_EXISTS(sent_state, %s)",
		(f"$.{new}", f"$.{old}", f"$.{old}", f"$.{old}"),
	)
	frappe.db.sql(
		"UPDATE `tabSync Link` SET details = JSON_REMOVE(JSON_SET(details, %s, JSON_EXTRACT(details, %s)), %s)"
		" WHERE JSON_EXISTS(details, %s)",
		(f"$.heard.{new}", f"$.heard.{old}", f"$.heard.{old}", f"$.heard.{old}"),
	)
