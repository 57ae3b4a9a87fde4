"""Samples of the outside for a flow: where one can be had, what it tells, and what would become of what was received."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import account as accounts
from erp_connect.config import flow_check, inflow, preset_files
from erp_connect.core.delivery.states import IN
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.guard.redaction import redact_json
from erp_connect.core.parse.body import parse_body
from erp_connect.core.values import samples
from erp_connect.inbound import routing
from erp_connect.operate import pull_preview, trial
from erp_connect.records import failures, texts
from erp_connect.records.errors import BadRecord
from erp_connect.store import samples as kept
from erp_connect.store import sync_log
from erp_connect.store.samples import Sample

# Events that are looked through for one that may be seen, and a body that is pasted.
LOOKED_AT = 20
MOST_SHOWN = 20
MOST_TOLD = 10


class NoSample(ConnectError):
	"""There is nothing to take a sample from."""

	default_code = "no_sample"


def shown(sample: Sample | None) -> dict[str, Any]:
	"""A sample for the form: `origin`, `taken_on`, `topic`, `text`, and `paths` [{path, type, example}]; without one, empty."""
	if sample is None:
		return {"origin": "", "taken_on": "", "topic": "", "text": "", "paths": []}
	small = _small(sample.record)
	return {
		"origin": sample.origin,
		"taken_on": sample.taken_on,
		"topic": sample.topic,
		"text": json.dumps(small, indent=1, ensure_ascii=False, default=str),
		"paths": samples.paths(small),
	}


def _small(record: Any) -> Any:
	"""A record as it is shown and kept: cut short, and without what looks secret."""
	return samples.cut(redact_json(record))


def drift(mapping) -> dict[str, list[Any]]:
	"""What has changed outside since the sample was taken, by the last record that came after it: `new` paths, and `gone` ones
	that rows map, the first of each; and all new ones as `paths` of `shown`."""
	sample, last = kept.of(mapping.name), _maybe(received, mapping)
	if not sample or not last or last.taken_on <= sample.taken_on:
		return {"new": [], "gone": [], "paths": []}
	before, now = (
		{one["path"]: one for one in samples.paths(record)} for record in (sample.record, _small(last.record))
	)
	mapped = {(row.target or "").strip() for row in mapping.rows}
	new, gone = sorted(now.keys() - before.keys()), sorted((before.keys() - now.keys()) & mapped)
	return {"new": new[:MOST_TOLD], "gone": gone[:MOST_TOLD], "paths": [now[path] for path in new]}


def best(mapping) -> Sample | None:
	"""The sample that is kept of a Field Mapping, else the last one that was received, else that of its preset."""
	found = kept.of(mapping.name)
	if found is None:
		found = next((sample for take in (received, of_preset) if (sample := _maybe(take, mapping))), None)
	return found


def _maybe(take, mapping) -> Sample | None:
	try:
		return take(mapping)
	except ConnectError:
		return None


def take(mapping, origin: str) -> Sample:
	"""A sample from where a person asks for it. Raises `ConnectError` where there is none."""
	return {kept.FETCHED: fetched, kept.RECEIVED: received, kept.PRESET: of_preset}[origin](mapping)


def keep(mapping, sample: Sample) -> Sample:
	"""Keep a sample of a saved Field Mapping, cut short and without what looks secret; returns it as it is kept."""
	small = Sample(_small(sample.record), sample.origin, frappe.utils.now(), sample.topic)
	if frappe.db.exists("Field Mapping", mapping.name):
		kept.keep(mapping.name, mapping.integration, small)
	return small


def pasted(mapping, text: str) -> Sample:
	"""The record in a text that a person has: JSON or XML, as a webhook or an answer brings it. Raises `ConnectError`."""
	return Sample(_first(mapping, _parsed(text)), kept.PASTED)


def fetched(mapping) -> Sample:
	"""The first record that a pull of the flow brings."""
	if not (mapping.pull_path or "").strip():
		raise NoSample("The flow fetches nothing. Enter a path on the tab Pull, or paste a sample.")
	found = pull_preview.run(mapping, shown=1)
	record = next((one["sample"] for one in found["records"] if "sample" in one), None)
	if record is None:
		raise NoSample(
			"No record came: {message}. Look at Preview Pull.",
			message=Whole(found["message"] or _("the list is empty")),
		)
	return Sample(record, kept.FETCHED)


def received(mapping) -> Sample:
	"""The last record that came for the flow and that the session's user may see, by webhook or pull."""
	for row in _events(mapping):
		try:
			return Sample(
				_first(mapping, json.loads(row.request_body)),
				kept.RECEIVED,
				str(row.creation),
				row.topic or "",
			)
		except (ConnectError, ValueError):
			continue  # of another kind than the flow reads now
	raise NoSample(
		"Nothing has come in for this flow yet. Send a test event from the other system, or paste one."
	)


def of_preset(mapping) -> Sample:
	"""What the preset of the account's system has as an example of such a record."""
	system = frappe.db.get_value("Integration Settings", mapping.integration, "system")
	names = (mapping.remote_entity, mapping.get("preset_flow"), mapping.purpose, mapping.document_type)
	found = preset_files.example(system or "", [frappe.scrub(name) for name in names if name])
	if found is None:
		raise NoSample(
			"The preset of {system} has no example of such a record. Fetch or paste one.",
			system=system or "-",
		)
	return Sample(_first(mapping, found), kept.PRESET)


def preview(mapping, text: str = "") -> dict[str, Any]:
	"""What would become of a body that a webhook brings: `text`, or the last one that came.

	Returns `received` (when it came; empty for `text`), `topic`, `problems` for which the flow cannot be saved, `count`
	of records and `records` as `pull_preview.run` does. Nothing is kept. Raises `ConnectError`.
	"""
	flow = inflow.from_document(mapping)
	came, topic, payload = ("", "", _parsed(text)) if text.strip() else _last_body(mapping)
	texts.require(payload)
	records = routing.records(flow, payload)
	return {
		"received": came,
		"topic": topic,
		"problems": flow_check.problems(mapping),
		"count": len(records),
		"records": tried(mapping, [(topic, record) for record in records[:MOST_SHOWN]]),
	}


def tried(mapping, records: list[tuple[str, Any]]) -> list[dict[str, Any]]:
	"""What would become of records, each with the topic that brought it, as `pull_preview.run` tells. Nothing is kept."""
	flow = inflow.from_document(mapping)
	account = accounts.load(flow.account)
	fetcher = Fetcher(account)
	try:
		with compat.acting_as(account.user):
			wholes = [_whole(flow, fetcher, record, topic) for topic, record in records]
			return pull_preview.tried(flow, wholes, pull_preview.mapped(mapping))
	finally:
		fetcher.close()


def _whole(flow, fetcher: Fetcher, record: Any, topic: str) -> dict[str, Any]:
	shown = {"record": pull_preview.as_text(record), "topic": topic or None}
	try:
		whole = fetcher.whole(flow, record)
	except ConnectError as error:
		return shown | {"action": trial.FAIL, "error": failures.detail(error, _("preview again"))}
	return shown | {"record": pull_preview.as_text(whole), "sample": whole}


def _parsed(text: str) -> Any:
	found = parse_body(text.strip().encode(), "")
	if not isinstance(found, dict | list):
		raise BadRecord("Paste a record, or the whole body that a webhook brings, as JSON or XML.")
	return found


def last_records(mapping, most: int) -> list[tuple[str, Any]]:
	"""(topic, record) of the last records that came for a flow, each once, as far as the session's user may see them."""
	flow, found = inflow.from_document(mapping), {}
	for row in _events(mapping):
		try:
			payload = json.loads(row.request_body)
			records = [payload] if row.event == sync_log.PULL else routing.records(flow, payload)
		except (ConnectError, ValueError):
			continue
		for record in records:
			found.setdefault(json.dumps(record, sort_keys=True, default=str), (row.topic or "", record))
	return list(found.values())[:most]


def _first(mapping, payload: Any) -> Any:
	"""The first record of a body, as the flow finds it there; a record that stands by itself is one, too."""
	flow = inflow.from_document(mapping)
	try:
		records = routing.records(flow, payload)
	except ConnectError:
		records = payload if isinstance(payload, list) else [payload]
	found = next((record for record in records if isinstance(record, dict)), None)
	if found is None:
		raise BadRecord(
			"There is no object with named fields in it. Correct Record in the event (tab Incoming)."
		)
	return found


def _last_body(mapping) -> tuple[str, str, Any]:
	for row in _events(mapping):
		if row.event != sync_log.PULL:
			return str(row.creation), row.topic or "", json.loads(row.request_body)
	raise NoSample(
		"Nothing has come in for this flow yet. Send a test event from the other system, or paste one."
	)


def _events(mapping) -> list[Any]:
	"""The last events that brought something for the flow, the newest first, of those that the session's user may see."""
	topics = inflow.from_document(mapping).topics
	ways: list[dict[str, Any]] = [{"field_mapping": mapping.name}]
	if topics:
		ways.append({"topic": ("is", "set") if "*" in topics else ("in", topics)})
	rows = {
		row.name: row
		for way in ways
		for row in frappe.get_list(
			"Sync Log",
			filters={"integration": mapping.integration, "direction": IN, "request_body": ("is", "set")}
			| way,
			fields=["name", "event", "topic", "creation", "request_body"],
			order_by="creation desc",
			limit=LOOKED_AT,
		)
	}
	return sorted(rows.values(), key=lambda row: row.creation, reverse=True)
