"""Sync Difference: what a comparison found.

A finding has one row for each run, kind and subject, whatever is walked again after a kill. It is *Checking* until it
was confirmed at the end of the run; then it is *Open*, or gone. A later comparison of the flow supersedes what is still
open: it finds anew what still differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.errors import capped

MISSING_HERE, MISSING_THERE, DIFFERENT, ORPHAN = "Missing here", "Missing there", "Different", "Orphan link"
KINDS = (MISSING_HERE, MISSING_THERE, DIFFERENT, ORPHAN)
# Not a finding: a document without a link that was met outside. Kept while the run lasts.
MATCHED = "Matched"
# Not a finding either: an entry that a payout took along.
LINE = "Line"
CHECKING, OPEN, REPAIRING, REPAIRED, IGNORED, FAILED, SUPERSEDED = (
	"Checking", "Open", "Repairing", "Repaired", "Ignored", "Failed", "Superseded",
)  # fmt: skip
COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "reconciliation", "field_mapping", "integration", "kind",
	"status", "document_type", "document_name", "external_id", "message", "fields_json", "record", "link",
)  # fmt: skip
# By which an ignored finding is known to be the same.
SAME = ("document_name", "external_id", "fields_json")
# What a record that is met again brings anew.
RENEWED = ("creation", "document_name", "external_id", "message", "fields_json", "record", "link", "modified")


@dataclass(frozen=True)
class Finding:
	"""subject: what tells it from other findings of its kind. link: name of the Sync Link it is about.

	fields: {field, label, here, there} of each that differs. record: as the source lists it.
	latest: last change on either side that is known. uncertain: it could not be looked at closely.
	"""

	kind: str
	subject: str
	document_type: str
	document_name: str | None = None
	external_id: str | None = None
	link: str | None = None
	message: str = ""
	fields: list[dict[str, Any]] = field(default_factory=list)
	record: Any = None
	latest: datetime | None = None
	uncertain: bool = False


def name_of(run: str, kind: str, subject: str) -> str:
	return hashlib.sha256(f"{run}\n{kind}\n{subject}".encode()).hexdigest()[:20]


def add(run: Any, findings: list[Finding]) -> None:
	"""Insert findings of a run (`store.reconciliations.Run`), to be confirmed; renew those that are there."""
	for finding in findings:  # one by one: records may be large
		_put(_row(run, finding))


def confirm(run: Any, findings: list[Finding], before: str | None) -> None:
	"""These findings stand, as they are now. before: the run before, whose ignored findings stay ignored while they are the
	same; what it found and nobody repaired is as old as it was there."""
	for finding in findings:
		row = _row(run, finding)
		old = _found_by(before, finding) if before else None
		row["status"] = IGNORED if old and _was_ignored(old, row) else OPEN
		if old and old.status in (OPEN, FAILED, IGNORED):
			row["creation"] = old.creation
		_put(row)


def add_matched(run: Any, document_type: str, names: list[str], equal: Mapping[str, str]) -> None:
	"""Remember documents that have no link but were recognised outside. equal: ids of the records that say the same.

	The id is kept only while no other record is recognised as the same document.
	"""
	before = _matched(run.name, names)
	for name in names:
		found = equal.get(name)
		if names.count(name) > 1 or before.get(name, found) != found:
			found = None
		add(run, [Finding(MATCHED, name, document_type, document_name=name, external_id=found)])


def add_lines(run: Any, lines: Iterable[tuple[str, str, Any]]) -> None:
	"""Remember entries of a clearing account: payout, subject and entry (with `account` and `amount`) each."""
	add(
		run,
		[
			Finding(
				LINE,
				subject,
				"Payment Entry",
				external_id=payout,
				message=subject,
				record={"account": entry.account, "amount": str(entry.amount)},
			)
			for payout, subject, entry in lines
		],
	)


def lines(run: str) -> Iterator[tuple[str, str, dict[str, str]]]:
	"""Subject, payout, and `account` and `amount` of each entry that was remembered."""
	rows = frappe.db.sql(
		"SELECT message, external_id, record FROM `tabSync Difference` WHERE reconciliation = %s AND kind = %s",
		(run, LINE),
	)
	return ((subject, payout, json.loads(record)) for subject, payout, record in rows)


def confirmed(run: str, kinds: tuple[str, ...]) -> list:
	"""External id and fields of the findings of some kinds that stand."""
	return frappe.db.sql(
		"SELECT external_id, fields_json FROM `tabSync Difference` WHERE reconciliation = %s AND kind IN %s"
		" AND status != %s",
		(run, kinds, CHECKING),
		as_dict=True,
	)


def matched(run: str, names: list[str]) -> set[str]:
	"""Those of `names` that were recognised outside without a link."""
	return set(_matched(run, names))


def equal(run: str, names: list[str]) -> dict[str, str]:
	"""Those of `names` that one record outside was recognised as and says the same, with its id."""
	return {name: external_id for name, external_id in _matched(run, names).items() if external_id}


def _matched(run: str, names: list[str]) -> dict[str, str | None]:
	if not names:
		return {}
	keys = {name_of(run, MATCHED, name): name for name in names}
	rows = frappe.db.sql(
		"SELECT name, external_id FROM `tabSync Difference` WHERE name IN %s", (tuple(keys),)
	)
	return {keys[name]: external_id for name, external_id in rows}


def candidates(run: str, limit: int) -> list:
	"""Findings that are not confirmed yet: those that were found outside first."""
	return frappe.db.sql(
		"SELECT * FROM `tabSync Difference` WHERE reconciliation = %s AND kind IN %s AND status = %s"
		" ORDER BY kind, name LIMIT %s",
		(run, KINDS, CHECKING, limit),
		as_dict=True,
	)


def drop(names: list[str]) -> None:
	if names:
		frappe.db.sql("DELETE FROM `tabSync Difference` WHERE name IN %s", (tuple(names),))


def drop_unconfirmed(run: str) -> None:
	"""What is left of a run that ended, besides its findings."""
	frappe.db.sql(
		"DELETE FROM `tabSync Difference` WHERE reconciliation = %s AND (kind IN %s OR status = %s)",
		(run, (MATCHED, LINE), CHECKING),
	)


def supersede(runs: list[str]) -> None:
	"""A later comparison is through: what these left open is decided by what it found."""
	if runs:
		frappe.db.sql(
			"UPDATE `tabSync Difference` SET status = %s, modified = %s WHERE reconciliation IN %s AND kind IN %s"
			" AND status IN %s",
			(SUPERSEDED, now(), tuple(runs), KINDS, (OPEN, FAILED)),
		)


def open_by_flow(accounts: Iterable[str]) -> list[tuple[str, str, int, datetime]]:
	"""Account, flow, number of the findings that wait for a person, of comparisons that ended, and since when the oldest does."""
	return frappe.db.sql(
		"SELECT run.integration, run.field_mapping, COUNT(*), MIN(found.creation) FROM `tabSync Reconciliation` run"
		" JOIN `tabSync Difference` found ON found.reconciliation = run.name AND found.status = %s"
		" WHERE run.status NOT IN ('Queued', 'Running') AND run.integration IN %s"
		" GROUP BY run.integration, run.field_mapping",
		(OPEN, tuple(accounts) or ("",)),
	)


def known_outside(flow: str, names: list[str]) -> set[str]:
	"""Those of some documents that the last comparison of a flow recognised as a record that differs, and that had no link."""
	if not names:
		return set()
	return set(
		frappe.db.sql_list(
			"SELECT found.document_name FROM `tabSync Reconciliation` run JOIN `tabSync Difference` found"
			" ON found.reconciliation = run.name AND found.kind = %s AND found.status IN %s"
			" WHERE run.field_mapping = %s AND found.link IS NULL AND found.document_name IN %s",
			(DIFFERENT, (OPEN, FAILED, IGNORED, REPAIRING), flow, tuple(str(name) for name in names)),
		)
	)


def release_gone(run: str) -> None:
	"""A worker gave up before it did what the flow does with what is gone: it may be repaired again."""
	frappe.db.sql(
		"UPDATE `tabSync Difference` SET status = %s, modified = %s WHERE reconciliation = %s AND kind = %s"
		" AND status = %s AND repair_log IS NULL",
		(OPEN, now(), run, MISSING_THERE, REPAIRING),
	)


def counts(run: str) -> dict[str, int]:
	"""Number of findings by kind, without those that are ignored."""
	found = dict(
		frappe.db.sql(
			"SELECT kind, COUNT(*) FROM `tabSync Difference` WHERE reconciliation = %s AND kind IN %s"
			" AND status != %s GROUP BY kind",
			(run, KINDS, IGNORED),
		)
	)
	return {kind: found.get(kind, 0) for kind in KINDS}


def gone_outside(run: str, *statuses: str) -> list[str]:
	"""Names of confirmed findings about linked documents whose record is not outside any more, nothing else known."""
	return frappe.db.sql_list(
		"SELECT name FROM `tabSync Difference` WHERE reconciliation = %s AND kind = %s AND status IN %s"
		" AND link IS NOT NULL AND repair_log IS NULL AND COALESCE(message, '') = '' ORDER BY name",
		(run, MISSING_THERE, statuses),
	)


def to_apply(run: str) -> Any:
	"""The next finding that waits for what the flow does with a document whose record is gone; None at the end."""
	rows = frappe.db.sql(
		"SELECT * FROM `tabSync Difference` WHERE reconciliation = %s AND kind = %s AND status = %s"
		" AND repair_log IS NULL ORDER BY name LIMIT 1",
		(run, MISSING_THERE, REPAIRING),
		as_dict=True,
	)
	return rows[0] if rows else None


def under_repair(run: str) -> list:
	"""Findings whose repair is an event, with its name in `repair_log`, and that are not known to be repaired."""
	return frappe.db.sql(
		"SELECT name, repair_log, status, message FROM `tabSync Difference` WHERE reconciliation = %s AND kind IN %s"
		" AND status IN %s AND repair_log IS NOT NULL",
		(run, KINDS, (REPAIRING, FAILED)),
		as_dict=True,
	)


def lock(name: str) -> Any:
	"""The row, locked until the transaction ends; None when it is gone."""
	rows = frappe.db.sql("SELECT * FROM `tabSync Difference` WHERE name = %s FOR UPDATE", name, as_dict=True)
	return rows[0] if rows else None


def set_values(name: str, **values: Any) -> None:
	assignments = ", ".join(f"`{column}` = %s" for column in values)
	frappe.db.sql(
		f"UPDATE `tabSync Difference` SET {assignments}, modified = %s WHERE name = %s",
		[*values.values(), now(), name],
	)


def set_status(names: list[str], status: str) -> None:
	if names:
		frappe.db.sql(
			"UPDATE `tabSync Difference` SET status = %s, modified = %s WHERE name IN %s",
			(status, now(), tuple(names)),
		)


def remove_of(runs: list[str]) -> None:
	"""Delete the findings of runs."""
	if runs:
		frappe.db.sql("DELETE FROM `tabSync Difference` WHERE reconciliation IN %s", (tuple(runs),))


def _found_by(run: str, finding: Finding) -> Any:
	"""What a run found of the same kind and subject."""
	return frappe.db.get_value(
		"Sync Difference",
		name_of(run, finding.kind, finding.subject),
		["status", "creation", *SAME],
		as_dict=True,
	)


def _was_ignored(old: Any, values: dict[str, Any]) -> bool:
	return old.status == IGNORED and all(old[key] == values[key] for key in SAME)


def _put(row: dict[str, Any]) -> None:
	frappe.db.sql(
		f"INSERT INTO `tabSync Difference` ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
		f" ON DUPLICATE KEY UPDATE {', '.join(f'`{column}` = VALUES(`{column}`)' for column in RENEWED)}",
		[row[column] for column in COLUMNS],
	)


def _row(run: Any, finding: Finding) -> dict[str, Any]:
	stamp, user = now(), frappe.session.user
	return {
		"name": name_of(run.name, finding.kind, finding.subject),
		"creation": stamp,
		"modified": stamp,
		"owner": user,
		"modified_by": user,
		"reconciliation": run.name,
		"field_mapping": run.flow,
		"integration": run.account,
		"kind": finding.kind,
		"status": CHECKING,
		"document_type": finding.document_type,
		"document_name": finding.document_name,
		"external_id": finding.external_id,
		"link": finding.link,
		"message": capped(finding.message),
		"fields_json": _json(finding.fields) if finding.fields else None,
		"record": _json(finding.record),
	}


def _json(value: Any) -> str | None:
	return None if value is None else json.dumps(value, ensure_ascii=False)
