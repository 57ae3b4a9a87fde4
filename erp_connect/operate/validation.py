"""Whether a flow works on samples: what came in or is pasted, and documents that are there. Nothing is kept or sent."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.config import account as accounts
from erp_connect.config import flow_check, inflow
from erp_connect.core.errors import ConnectError
from erp_connect.operate import preview, pull_preview, sampling, trial
from erp_connect.records import failures

DOCUMENTS, SENDS, NOT_SENT = 3, "send", "not sent"


def of_flow(mapping, text: str = "", documents: int = DOCUMENTS) -> dict[str, Any]:
	"""What a Field Mapping would do with samples, as the session's user may see it.

	text: a record or body from outside; without it, the sample that the flow has. documents: so many of the latest that
	the flow sends are tried. Returns `flow`, `account`, `enabled`, `problems` for which it cannot be saved, `samples`
	[{sample, action, error, warning}], and `ok`: there is neither a problem nor a sample that fails.
	"""
	problems = [frappe.utils.strip_html(one) for one in flow_check.problems(mapping)]
	tried = []
	if not problems:
		if mapping.direction in inflow.INCOMING:
			tried += _from_outside(mapping, text)
		if mapping.direction != "Incoming":
			tried += _documents(mapping, documents)
	return {
		"flow": mapping.name,
		"account": mapping.integration,
		"enabled": bool(mapping.enabled),
		"problems": problems,
		"samples": tried,
		"ok": not problems and not any(one["action"] == trial.FAIL for one in tried),
	}


def _from_outside(mapping, text: str) -> list[dict[str, Any]]:
	try:
		if text:
			origin, records = _("given"), sampling.preview(mapping, text)["records"]
		else:
			sample = sampling.best(mapping)
			if sample is None:
				return []
			origin, records = sample.origin, _tried(mapping, sample)
	except ConnectError as error:
		return [_told(_("given"), trial.FAIL, failures.detail(error, _("validate again")))]
	return [
		_told(
			" ".join(filter(None, (_(origin), one.get("external_id")))),
			one.get("action") or trial.FAIL,
			one.get("error"),
			one.get("warning"),
		)
		for one in records
	]


def _tried(mapping, sample) -> list[dict[str, Any]]:
	flow = inflow.from_document(mapping)
	whole = {"sample": sample.record, "topic": sample.topic or None}
	with compat.acting_as(accounts.load(flow.account).user):
		return pull_preview.tried(flow, [whole], pull_preview.mapped(mapping))


def _documents(mapping, count: int) -> list[dict[str, Any]]:
	if not count:
		return []
	names = frappe.get_list(mapping.document_type, pluck="name", order_by="modified desc", limit=count)
	return [_document(mapping, name) for name in names]


def _document(mapping, name: str) -> dict[str, Any]:
	try:
		told = preview.preview(mapping, name)
	except (ConnectError, frappe.ValidationError) as error:
		return _told(name, trial.FAIL, failures.detail(error, _("validate again")))
	return _told(name, SENDS if told.get("sends") else NOT_SENT, None, told.get("reason"))


def _told(sample: str, action: str, error: str | None = None, warning: str | None = None) -> dict[str, Any]:
	return {"sample": sample, "action": action, "error": error or "", "warning": warning or ""}
