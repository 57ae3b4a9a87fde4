"""The requests of a flow: what each event sends, and which of them stands for a document as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import frappe

from erp_connect.config import request_steps
from erp_connect.config.request_steps import STEP, Step

CREATE, UPDATE, CANCEL, DELETE, SEND = "Create", "Update", "Cancel", "Delete", "Send"
# `event` of a document that ended by the day, and that nothing follows: told like an update.
END = "end"
OPERATION_OF_EVENT = {
	"insert": CREATE,
	"submit": CREATE,
	"update": UPDATE,
	"update_after_submit": UPDATE,
	"change": UPDATE,
	"rename": UPDATE,
	"cancel": CANCEL,
	"delete": DELETE,
	"merge": SEND,
	"offers": SEND,
}
# In which state a document can be, and the events of a flow that tell of one in it.
STATES = ("draft", "submitted", "cancelled")
_TELLS = (
	frozenset({"insert", "update", "change"}),
	frozenset({"insert", "update", "change", "submit", "update_after_submit"}),
	frozenset({"change"}),
)
# Asked for by a person alone; no change of a document leads to it.
OFFERS = "offers"


@dataclass(frozen=True)
class RequestRule:
	"""What one event sends. steps: this request among the further ones of the event, in their order. graphql_query: of this
	request, instead of the flow's; empty for that. apart: of a submission: that it happened is told by the request itself."""

	event: str
	operation: str
	method: str
	path: str
	send_body: bool
	steps: tuple[Step, ...] = ()
	graphql_query: str = ""
	apart: bool = False

	@property
	def own(self) -> Step:
		"""This request as one of the steps."""
		return next(step for step in self.steps if step.own)

	@property
	def tells_state(self) -> bool:
		"""Whether it creates the record, or makes it what the document is."""
		return self.operation in (CREATE, UPDATE) and not self.apart

	@property
	def identity(self) -> str:
		"""Equal for two rules whose requests carry the state to the same place."""
		return "state" if self.tells_state else f"{self.method} {self.path}"


def of_flow(doc) -> tuple[RequestRule, ...]:
	"""The requests of a Field Mapping, without their steps, in the order of their rows."""
	return tuple(_rule(row, doc) for row in doc.requests if row.operation != STEP)


def event_as_is(events: Collection[str], docstatus: int) -> str:
	"""The event as which a document that exists is sent as it is now. events: those that the flow has requests for.

	One of `STATES`, for which no flow has a request, where the flow sends nothing of a document in that state: drafts
	where it begins with their submission, cancelled ones unless every change is told.
	"""
	state = STATES[docstatus]
	if _TELLS[docstatus].isdisjoint(events) or (state == "cancelled" and "cancel" in events):
		return state
	wanted = ("submit", "update_after_submit") if state == "submitted" else ("update", "insert")
	return next((name for name in wanted if name in events), "update")


def _rule(row, doc) -> RequestRule:
	event = frappe.scrub(row.event)
	return RequestRule(
		event=event,
		operation=row.operation or OPERATION_OF_EVENT[event],
		method=row.method,
		path=(row.path or "").strip(),
		send_body=bool(row.send_body),
		steps=request_steps.of_event(doc, row.event),
		graphql_query=(row.graphql_query or "").strip(),
	)


def told_apart(rules: list[RequestRule]) -> tuple[RequestRule, ...]:
	"""The rules, of which a submission with a request of its own is marked.

	The payload of a submitted document can be that of its draft, and an approval outside is a call of its own.
	"""
	others = [rule for rule in rules if rule.event != "submit" and rule.operation in (CREATE, UPDATE)]
	asked = {_asks(rule) for rule in others}
	is_told_before = any(rule.operation == CREATE for rule in others)

	def is_apart(rule: RequestRule) -> bool:
		return (
			rule.event == "submit"
			# Where nothing else creates, the submission is the creation.
			and (is_told_before or rule.operation == UPDATE)
			and bool(asked)
			and _asks(rule) not in asked
		)

	return tuple(replace(rule, apart=is_apart(rule)) for rule in rules)


def _asks(rule: RequestRule) -> tuple[str, ...]:
	"""What one request asks for, besides the payload."""
	body = rule.own.body
	return rule.method, rule.path, rule.graphql_query, body.text if body else ""
