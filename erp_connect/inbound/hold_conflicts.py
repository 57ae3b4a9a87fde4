"""Writes a record that came with others, or by a call: where both sides changed, it is kept for a person by itself.

What its sender has told is not told again, and the other records do not wait for the decision. Never commits.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.calls import file_downloads
from erp_connect.config.inflow import InFlow
from erp_connect.jobs import steps
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.records import identity, intake, received_files, write
from erp_connect.records.two_way import Conflict
from erp_connect.records.write import HELD, Written

SAVEPOINT = "erp_connect_kept"


def upsert(
	flow: InFlow,
	record: dict[str, Any],
	known: set[str] | None = None,
	downloads: received_files.Downloads | None = None,
	*,
	arrived: int | None = None,
) -> Written:
	"""As `write.upsert`, but never raises `Conflict`: then the record becomes an event of its own, as if fetched.

	downloads: its files that stand at an address; None: they are had here and now. arrived: see `write.upsert`.
	"""
	if downloads is None:
		downloads = steps.run(file_downloads.of(flow, record))
	if not flow.two_way:
		return write.upsert(flow, record, known, arrived=arrived, downloads=downloads)
	frappe.db.savepoint(SAVEPOINT)
	try:
		return write.upsert(flow, record, known, arrived=arrived, downloads=downloads)
	except Conflict as conflict:
		frappe.db.rollback(save_point=SAVEPOINT)
		intake.store(flow, [record], sure=True)
		INBOUND.after_commit(flow.account)
		external_id = identity.identify(flow, record)
		return Written(HELD, conflict.doctype, conflict.name, external_id, whole=False)
