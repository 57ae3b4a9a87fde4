"""Which flows an event goes to, and what each does with its records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import frappe
from frappe import _

from erp_connect.calls import file_downloads
from erp_connect.calls.fetcher import CAME_AS, Fetcher
from erp_connect.commerce import handlers
from erp_connect.commerce import settings as commerce
from erp_connect.config import inflow
from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.paging import nested
from erp_connect.inbound import hold_conflicts
from erp_connect.jobs.steps import Steps
from erp_connect.records import gone, identity, received_files, removal, texts, values, write
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import Written
from erp_connect.store import sync_log


@dataclass(frozen=True)
class Task:
	"""One record for one flow. received_hash: of the record as it was fetched, None for other ways in.

	alone: it is an event of its own, on which a person may decide. arrived: place of its event (`seq`).
	downloads: files of the record that stand at an address. gone: it tells that it is not there any more. topic: of the webhook
	that brought it.
	"""

	flow: InFlow
	record: Any
	decision: Any = None
	received_hash: str | None = None
	alone: bool = False
	arrived: int | None = None
	downloads: received_files.Downloads = field(default_factory=dict)
	gone: bool = False
	topic: str | None = None


def fetches(account: str, event) -> bool:
	"""Whether records of an event have to be fetched before they can be written."""
	try:
		if event.event == sync_log.PULL:
			return inflow.load(event.field_mapping).fetch_each
		return any(flow.fetch_each for flow in _flows(account, event))
	except (ConnectError, frappe.DoesNotExistError):
		return False  # told when it is worked off


def tasks(account: str, event, fetcher: Fetcher | None) -> Steps[list[Task]]:
	"""What an event (Sync Log row) asks for; empty when no flow takes it. Fetches records that came in part.

	fetcher: not needed where `fetches` says no. Raises `ConnectError` for an event that cannot be used or a record
	that cannot be had.
	"""
	payload = json.loads(event.request_body or "null")
	if event.event != sync_log.PULL:
		texts.require(payload)
		found = []
		arrived = sync_log.first_seq(event.trace_id) if event.field_mapping else event.seq
		for flow in _flows(account, event):
			for record in records(flow, payload):
				if gone.is_told(flow, record, event.topic):
					found.append(Task(flow, record, arrived=arrived, gone=True, topic=event.topic))
				else:
					found.append(Task(flow, (yield from _whole(fetcher, flow, record)), arrived=arrived))
		return found
	flow = inflow.load(event.field_mapping)
	if not flow.enabled:
		return []
	if gone.is_told(flow, payload):
		return [Task(flow, payload, alone=True, arrived=event.seq, gone=True)]
	decision = json.loads(event.decision) if event.decision else None
	whole = yield from _whole(fetcher, flow, payload)
	return [Task(flow, whole, decision, event.fingerprint, alone=True, arrived=event.seq)]


def with_files(tasks: list[Task], *, patient: bool) -> Steps[list[Task]]:
	"""The tasks with the files of their records that stand at an address. Commits.

	patient: raises `NotDownloaded` for one that may be there later; otherwise what cannot be had is told when the
	record is written. Raises `NotNow` where the account may not be asked now.
	"""
	found = []
	for task in tasks:
		if task.gone:
			found.append(task)
			continue
		downloads = yield from file_downloads.of(task.flow, task.record, paced=True)
		for content in downloads.values():
			if patient and isinstance(content, file_downloads.NotDownloaded) and content.passing:
				raise content
		found.append(replace(task, downloads=downloads))
	return found


def recognises_all(account: str, topic: str) -> bool:
	"""Whether each flow that takes events of a topic knows a record again, so that one that comes twice is not doubled."""
	try:
		flows = [inflow.load(name) for name in inflow.takers(account, topic)]
	except ConnectError:
		return False
	return all(flow.purpose != DOCUMENT or flow.external_id or flow.match_sets for flow in flows)


def _flows(account: str, event) -> list[InFlow]:
	"""Flows that take an event: those that ask for its topic, of which it may have been given to one."""
	return [inflow.load(name) for name in _takers(account, event)]


def _takers(account: str, event) -> list[str]:
	names = inflow.takers(account, event.topic or "")
	return [name for name in names if event.field_mapping in (None, "", name)]


def not_taken(account: str, event) -> dict[str, str]:
	"""Why no flow took an event, and what lets one take it: `outcome` and `error` of its row."""
	if passing := _takers(account, event):
		text = _(
			"{0} takes events of this topic, but found no record of its own in this one. If it should have, correct Record in "
			"the event (tab Incoming), then press Retry."
		)
		return {"outcome": "not_meant", "error": text.format(", ".join(passing))}
	off = (
		[event.field_mapping]
		if event.field_mapping
		else inflow.switched_off_takers(account, event.topic or "")
	)
	if off:
		text = _(
			"{0} would take this event, but is switched off. Tick Enabled in the flow, then press Retry."
		)
		return {"outcome": "flow_disabled", "error": text.format(", ".join(off))}
	text = _(
		"No flow of {0} takes events of the topic {1}. Name the topic in a flow (tab Incoming: Webhook topics), then press "
		"Retry; or leave it, if it is of no use."
	)
	return {"outcome": "no_flow", "error": text.format(account, event.topic or _("(none)"))}


def _whole(fetcher: Fetcher | None, flow: InFlow, record: Any) -> Steps[Any]:
	return (yield from fetcher.fetched(flow, record)) if fetcher else record


def records(flow: InFlow, payload: Any) -> list[Any]:
	"""The records in an event, as the flow finds them."""
	found = flow.record.search(payload) if flow.record else payload
	if found is None:
		raise BadRecord("Flow {flow} found no record in the event. Check its expression.", flow=flow.name)
	return found if isinstance(found, list) else [found]


def carry_out(task: Task, known: set[str] | None = None) -> list[Written]:
	"""Write one record. Raises as `write.upsert` and the handlers of business events do, and `ListGoesOn` for half a record.

	Does not commit.
	"""
	flow, record = task.flow, task.record
	if task.gone:
		return removal.carry_out(flow, record, topic=task.topic, arrived=task.arrived)
	# What a fetched record keeps of how it came may be half of it.
	came_in_part = flow.fetch_each and isinstance(record, dict)
	nested.require_whole({**record, CAME_AS: None} if came_in_part else record)
	if flow.purpose == DOCUMENT and not task.alone:
		return [hold_conflicts.upsert(flow, record, known, task.downloads, arrived=task.arrived)]
	if flow.purpose == DOCUMENT:
		about = {"decision": task.decision, "received_hash": task.received_hash, "arrived": task.arrived}
		return [write.upsert(flow, record, known, **about, downloads=task.downloads)]
	identity.require_object(record)
	canonical = values.canonical(flow, record)
	texts.require(canonical)
	settings = commerce.load(flow.account)
	if flow.purpose == handlers.ORDER:
		if version := identity.version_of(flow, record):
			canonical = {"version": version, **canonical}
		return handlers.order(settings, canonical, task.arrived)
	return handlers.HANDLERS[flow.purpose](settings, canonical)
