"""What is known about one answer: status, kind of content, and what the flow and the account say of its body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from erp_connect.config.account import Account
from erp_connect.config.flow import Flow
from erp_connect.core.delivery import answer_rules
from erp_connect.core.delivery.outcome import Exchange, StatusRules
from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.redaction import Redactor
from erp_connect.core.parse.answer import Answer, remote_message
from erp_connect.transport.messages import HttpResponse

ABSENT = frozenset({404, 410})


@dataclass(frozen=True)
class Purpose:
	"""Why something is asked. flow: whose record is sent; None where none is. creates, deletes: what it does there."""

	flow: Flow | None
	creates: bool
	deletes: bool = False

	@property
	def rules(self) -> StatusRules:
		success = parse_statuses(self.flow.success_statuses) if self.flow else StatusRules().success
		# What is not there any more is deleted: a repetition after a lost answer finds just that.
		return StatusRules(success=success | ABSENT if self.deletes else success)


def of_answer(
	response: HttpResponse,
	answer: Answer,
	account: Account,
	purpose: Purpose,
	*,
	redactor: Redactor,
	refreshed: bool,
	now: datetime,
) -> Exchange:
	"""The facts that `classify` decides by. answer: the body of `response`, read. now: with a time zone.

	refreshed: whether another token was tried before, or there is none to have.
	"""
	flow = purpose.flow
	accepted, unjudged = _accepted(flow, account, answer)
	rules = (*flow.answer_rules, *account.answer_rules) if flow else account.answer_rules
	about = (response.status, answer.data if answer.structured else None, dict(response.headers), now)
	return Exchange(
		status=response.status,
		headers=dict(response.headers),
		content=answer.kind,
		truncated=response.truncated,
		creates=purpose.creates,
		deletes=purpose.deletes,
		needs_content=bool(flow and (_predicate(flow, account) or (purpose.creates and flow.external_id))),
		accepted=accepted,
		unjudged=unjudged,
		judged_apart=flow is None or flow.batch_size > 1,
		remote_message=redactor.text(_remote_message(account, answer)),
		not_yet=_is_true(account.retry_expression, answer),
		judgement=answer_rules.judge(rules, *about),
		pause=answer_rules.pause_after(rules, *about),
		refreshed=refreshed,
	)


def _predicate(flow: Flow | None, account: Account) -> str:
	text = flow.success_expression if flow else ""
	if not text and flow and flow.graphql_query:
		return "!errors"
	return text or account.success_expression


def _accepted(flow: Flow | None, account: Account, answer: Answer) -> tuple[bool | None, str]:
	"""What the success predicate says, None when there is none; and why it could not be evaluated."""
	predicate = _predicate(flow, account)
	if not predicate or not answer.structured:
		return None, ""
	try:
		return compile_expression(predicate).is_true(answer.data), ""
	except ConnectError as error:
		return None, str(error)


def _is_true(expression: str, answer: Answer) -> bool:
	if not expression or not answer.structured:
		return False
	try:
		return compile_expression(expression).is_true(answer.data)
	except ConnectError:
		return False


def _remote_message(account: Account, answer: Answer) -> str:
	if account.error_expression and answer.structured:
		try:
			found = compile_expression(account.error_expression).search(answer.data)
		except ConnectError:
			found = None
		if found:
			return found if isinstance(found, str) else json.dumps(found)
	return remote_message(answer.data)
