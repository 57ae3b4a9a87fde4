"""Events that are sent in several requests: which one comes next, and what is kept of the answers.

Each request is an event's turn of its own: claimed, stored, sent and settled like any other. When it succeeded, its
answer is kept in the event's row (`core/delivery/progress.py`) and the event is due again, so that a killed worker, a
failure or a throttle in the middle leaves all that was reached.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import frappe

from erp_connect.calls.exchange import Result
from erp_connect.config import inputs
from erp_connect.config.account import Account
from erp_connect.config.flow import REQUEST_KEY, Flow, RequestRule
from erp_connect.config.request_steps import HEADERS, IN_EXPRESSIONS, STEP, Step
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.delivery.progress import Progress, progress_of
from erp_connect.core.errors import ConfigurationError, ConnectError, PayloadError, Whole
from erp_connect.core.expressions.parameters import QUERY, rendered, with_query
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.paging import nested
from erp_connect.core.payload import uploads
from erp_connect.core.payload.serialise import graphql_body, serialise
from erp_connect.outbound import already_there, building
from erp_connect.outbound.request import Asked, Delivery, Finish, Known, Prepared, Stage, Verdict, step_key
from erp_connect.records import attachments
from erp_connect.records.render import MULTIPART, state_fingerprint
from erp_connect.store.merged_links import tells_end
from erp_connect.store.sync_link import Link

UPLOAD_ENDED = "upload_ended"
# Holds for each answer that can be understood.
ALWAYS = "`true`"
DELETED = (
	"The document was deleted after these steps were done: {0}. Nothing more is sent for it. Complete or undo that in the"
	" other system by hand, then press Skip."
)


def deleted_midway(event: Any) -> Verdict:
	"""What becomes of an event whose document is gone after some of its steps."""
	# Where it was to be looked what there is, the one that was tried may have been done.
	done = ", ".join(progress_of(event.steps).answers or [event.step])
	return Verdict(event, "Failed", "document_deleted", frappe._(DELETED).format(done))


def rule_of(event: Any, flow: Flow, *, linked: bool) -> RequestRule | None:
	"""The rule by which an event goes on; of one that is not begun, the flow's. Raises `ConfigurationError`."""
	progress = progress_of(event.steps)
	if not progress.rule:
		return flow.rule(event.event, linked)
	found = next((rule for rule in flow.rules if rule.event == progress.rule), None)
	if found is None:
		raise ConfigurationError(
			"The flow was changed since the steps {steps} were done: it has no request for {event} any more. Add it again "
			"and press Retry, or press Skip.",
			code="steps_changed",
			steps=Whole(", ".join(progress.answers)),
			event=progress.rule,
		)
	return found


def is_staged(event: Any, flow: Flow, rule: RequestRule) -> bool:
	return bool(event.steps) or flow.is_staged(rule)


def upcoming(asked: Asked) -> Prepared | Verdict | Finish | Known:
	"""The next request of an event, or the record that makes it needless; the end of it where none is left.

	Raises `ConnectError` when it cannot be built.
	"""
	event, flow, rule, account, link = asked.event, asked.flow, asked.rule, asked.account, asked.link
	progress = progress_of(event.steps)
	hashed = told(flow, rule, asked.source, account)
	if not progress.answers and is_known(event, flow, hashed, link):
		return Verdict(event, "Skipped", "nothing_changed")
	if not event.step and already_there.is_linked(rule, link):
		return Verdict(event, "Skipped", "already_there")
	said = with_answers(asked.source, progress)
	steps = {step.name: step for step in rule.steps}
	for name in progress.remaining(list(steps)):
		step = steps[name]
		if step.condition and not step.condition.is_true(said):
			if step.own:
				return Verdict(event, "Skipped", "condition_not_met")
			continue
		if step.own and (there := already_there.found(flow, account, step, said, link)):
			reached = replace(progress.after(step.name, None), rule=rule.event, tries=0)
			return Known(event, flow, asked.subject, there, reached)
		return build(replace(asked, source=said), step, hashed)
	return Finish(event, flow, asked.subject, said, link, progress.state_hash)


def with_answers(source: dict, progress: Progress) -> dict:
	"""A document's values with what the steps so far have answered."""
	return source | {IN_EXPRESSIONS: dict(progress.answers)}


def build(asked: Asked, step: Step, told: str | None) -> Prepared:
	"""The request of one step. told: fingerprint of what the event's own request tells. Raises `ConnectError`."""
	if step.own:
		request = building.build(asked)
		# Known to the other side only when all is done: until then, an unchanged document is still news.
		return replace(request, state_hash=None, stage=Stage(step, asked.rule.event, told))
	flow, account = asked.flow, asked.account
	said = asked.source | {REQUEST_KEY: step_key(asked.event, step)}
	named = said | {inputs.IN_TEMPLATES: dict(account.inputs)}
	headers = building.headers_of(flow, named)
	payload = _payload(step, said)
	body, content_type = _encoded(payload, flow, account) if step.body or step.graphql_query else (b"", "")
	return Prepared(
		event=asked.event,
		flow=flow,
		subject=asked.subject,
		operation=STEP,
		method=step.method,
		path=with_query(render_path(step.path, named), rendered(flow.parameters, QUERY, named)),
		body=body,
		content_type=building.content_type_of(headers, content_type) if body else content_type,
		headers=headers,
		files=attachments.chosen(body, said, account.max_payload_bytes) if flow.reads_files else {},
		payload=payload,
		link=asked.link,
		stage=Stage(step, asked.rule.event),
	)


def stage_of(event: Any, flow: Flow, link: Link | None) -> Stage | None:
	"""The step that the stored request of an event belongs to; None where it is sent in one request."""
	if not event.step:
		return None
	rule = rule_of(event, flow, linked=link is not None)
	step = next((step for step in rule.steps if step.name == event.step), None) if rule else None
	own = event.operation != STEP
	return Stage(
		step or Step(event.step, own), rule.event if rule else "", event.payload_hash if own else None
	)


def progress_after(item: Delivery) -> Progress:
	"""What is kept of an event once a step of it has succeeded."""
	stage, event = item.prepared.stage, item.prepared.event
	progress = progress_of(event.steps)
	if item.outcome.kind == outcomes.PARTLY:
		return replace(progress, tries=0, taken=uploads.taken_by(item.result.raw_headers))
	progress = progress.after(stage.step.name, _answer_of(item))
	return (
		replace(progress, rule=stage.rule, state_hash=stage.told, tries=0, taken=0)
		if stage.step.own
		else progress
	)


def _answer_of(item: Delivery) -> Any:
	"""The answer of a step as later ones see it, with the headers that are kept of it."""
	wanted = item.prepared.stage.step.kept_headers
	if not wanted:
		return item.data
	there = {name.lower(): value for name, value in item.result.raw_headers.items()}
	kept = {name: there[name] for name in wanted if name in there}
	return {**(item.data if isinstance(item.data, dict) else {}), HEADERS: kept}


def of_part(item: Prepared, result: Result) -> Result:
	"""What came of a part of a file: its answers have a meaning of their own."""
	if item.part is None:
		return result
	if result.status == uploads.INCOMPLETE:
		about = {"taken": uploads.taken_by(result.raw_headers), "total": item.part.total}
		return replace(result, outcome=Outcome(outcomes.PARTLY, "part_taken", about))
	if result.status in uploads.ENDED:
		return replace(result, outcome=Outcome(outcomes.RETRY, UPLOAD_ENDED, {"status": result.status}))
	return result


def judged_by(item: Prepared, account: Account) -> Flow:
	"""The flow as it judges the answer of a request: each step has a success of its own.

	What a later step reads has to be there: a page of HTML is no answer then, whatever its status says.
	"""
	if item.stage is None:
		return item.flow
	step, flow = item.stage.step, item.flow
	success = flow.success_expression if step.own else step.success
	query = flow.graphql_query if step.own else step.graphql_query
	if step.is_read and not (success or query or account.success_expression):
		success = ALWAYS
	known = flow.external_id if step.own else None
	return replace(flow, success_expression=success, graphql_query=query, external_id=known)


def outcome_of(item: Prepared, result: Result) -> Outcome:
	"""What came of a request: a step that asks for what a later one reads has to be answered with whole lists."""
	if item.stage is None or result.outcome.kind != outcomes.DELIVERED:
		return result.outcome
	step = item.stage.step
	cut = nested.unfinished(result.answer.data) if step.is_read and step.only_asks and not step.own else []
	return Outcome(outcomes.FINAL, "list_goes_on", {"list": cut[0].name}) if cut else result.outcome


def told(flow: Flow, rule: RequestRule, source: dict, account: Account) -> str | None:
	"""Fingerprint of what the document says by itself; None where that cannot be told without the answers of steps."""
	try:
		return state_fingerprint(flow, rule, source, account)
	except ConnectError:
		return None  # if it is more than a missing answer, the request itself tells of it


def is_known(event: Any, flow: Flow, hashed: str | None, link: Link | None) -> bool:
	"""Whether the other side was told just this before. hashed: see `told`."""
	if tells_end(event) or event.old_name or hashed is None:
		return False
	return bool(flow.only_changed and link and link.fingerprint(flow.name) == hashed)


def _payload(step: Step, said: dict) -> Any:
	payload = step.body.search(said) if step.body else None
	if step.graphql_query:
		return graphql_body(step.graphql_query, payload)
	if step.body and payload is None:
		raise PayloadError(
			"The step {step} has no body: {expression} gives nothing. Correct its Body in Requests.",
			code="no_body",
			step=step.name,
			expression=step.body.text,
		)
	return payload


def _encoded(payload: Any, flow: Flow, account: Account) -> tuple[bytes, str]:
	wanted = flow.payload_format or account.payload_format
	return serialise(
		payload,
		"JSON" if wanted == MULTIPART else wanted,
		xml_root=account.xml_root,
		max_bytes=account.max_payload_bytes,
	)
