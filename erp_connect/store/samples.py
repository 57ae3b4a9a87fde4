"""Sync Sample: for each flow, one record of the outside, by which its fields are known while the flow is set up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import add_days, now, now_datetime

from erp_connect.store import keys

FETCHED, PASTED, RECEIVED, PRESET = "Fetched", "Pasted", "Received", "Preset"


@dataclass(frozen=True)
class Sample:
	"""origin: one of the words above. taken_on: time of the site, as text; empty where it is not kept."""

	record: Any
	origin: str
	taken_on: str = ""
	topic: str = ""


def keep(flow: str, account: str, sample: Sample) -> None:
	"""Let this be the sample of a flow, in place of the one before. Does not commit."""
	stamp, user = now(), frappe.session.user
	frappe.db.sql(
		"INSERT INTO `tabSync Sample`"
		" (name, creation, modified, owner, modified_by, field_mapping, integration, origin, taken_on, topic, record)"
		" VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
		" ON DUPLICATE KEY UPDATE modified = VALUES(modified), modified_by = VALUES(modified_by),"
		" origin = VALUES(origin), taken_on = VALUES(taken_on), topic = VALUES(topic), record = VALUES(record)",
		(
			keys.new_id(), stamp, stamp, user, user, flow, account, sample.origin, stamp, sample.topic[:140],
			json.dumps(sample.record, ensure_ascii=False, default=str),
		),
	)  # fmt: skip


def of(flow: str | None) -> Sample | None:
	"""The sample that is kept of a flow."""
	row = flow and frappe.db.get_value(
		"Sync Sample", {"field_mapping": flow}, ["record", "origin", "taken_on", "topic"], as_dict=True
	)
	if not row:
		return None
	return Sample(json.loads(row.record or "null"), row.origin, str(row.taken_on or ""), row.topic or "")


def remove(flow: str) -> None:
	"""Forget the sample of a flow."""
	frappe.db.delete("Sync Sample", {"field_mapping": flow})


def clear(days: int) -> None:
	"""Forget samples that were taken more than `days` ago. Does not commit."""
	frappe.db.sql("DELETE FROM `tabSync Sample` WHERE taken_on < %s", add_days(now_datetime(), -days))
