"""What a flow would send for a document in several requests, as far as that can be told before the answers are there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.config.request_steps import ENDINGS, IN_EXPRESSIONS, Step
from erp_connect.core.delivery.progress import Progress
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.path_template import join_url
from erp_connect.messages import translate
from erp_connect.outbound import staged
from erp_connect.outbound.request import Asked


def steps(asked: Asked) -> list[dict[str, Any]]:
	"""The requests of an event in their order.

	Each has `step`, `condition` (its text), `method` and `url`. Of one that needs no answer of another: `body` and
	`content_type`; of the others, `url` is the template, and `open` says what needs an
	answer. Values of the payload that come from an answer are left out.
	"""
	rule, account = asked.rule, asked.account
	before = replace(asked, source=staged.with_answers(asked.source, Progress()))

	def shown(step: Step) -> dict[str, Any]:
		about = {
			"step": step.name,
			"condition": step.condition.text if step.condition else "",
			"method": rule.method if step.own else step.method,
		}
		path = rule.path if step.own else step.path
		if unknown := [
			text for text in (path, step.body.text if step.body else "") if IN_EXPRESSIONS in text
		]:
			return {**about, "url": _template(account, path), "open": ", ".join(unknown)}
		try:
			request = staged.build(before, step, None)
		except ConnectError as error:
			return {**about, "url": _template(account, path), "open": translate(error)}
		return {
			**about,
			"url": join_url(account.base_url, request.path),
			"body": request.body.decode(),
			"content_type": request.content_type,
		}

	return [shown(step) for step in rule.steps]


def written_back(flow: Flow, rule: RequestRule) -> list[dict[str, str]]:
	"""What is written into the document at the end: `into` (a field or a file's name) and `value` (an expression)."""
	if rule.event in ENDINGS:
		return []
	return [{"into": row.into, "value": row.value.text} for row in flow.written_back]


def _template(account: Account, path: str) -> str:
	return account.base_url.rstrip("/") + path
