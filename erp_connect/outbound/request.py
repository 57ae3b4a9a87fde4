"""What becomes of a claimed event: a request, or a verdict without one; and what came of a request.

Values only: `prepare` makes them but the last, which `batching` makes, `settle` writes what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import frappe

from erp_connect.calls.exchange import Result
from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow
from erp_connect.config.request_rules import RequestRule
from erp_connect.config.request_steps import STEP, Step
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.delivery.progress import Progress, key_of_step, progress_of
from erp_connect.core.expressions.answer_place import AnswerPlace
from erp_connect.core.payload.uploads import Part
from erp_connect.records.document import Subject
from erp_connect.store.sync_link import Link

MISSING_LINK, REQUEST_UNDER_WAY, NEVER_SENT = "missing_link", "request_under_way", "never_sent"
# Reasons that may be over once the other requests that were claimed beside an event are through.
DEFERRED = (MISSING_LINK, REQUEST_UNDER_WAY)
TAKEN_IN_FIRST = "The record was changed outside as well. That change is taken in first."
# Somebody had the same rows: nothing is wrong with an event.
CROSSED = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)


@dataclass(frozen=True)
class Stage:
	"""One of several requests of an event. rule: event of the row of Requests that they belong to.

	told: fingerprint of what the event's own request tells of the document, known to the other side once all is done.
	"""

	step: Step
	rule: str
	told: str | None = None


@dataclass(frozen=True)
class Asked:
	"""What a request is made of. event: its row, or what stands for one that is not there yet. source: the values of the
	document, with the answers of steps so far. link: None where the other side does not know the document."""

	event: Any
	flow: Flow
	subject: Subject
	rule: RequestRule
	source: dict[str, Any]
	account: Account
	link: Link | None


def step_key(event: Any, step: Step) -> str:
	"""The idempotency key of one step of an event: of a question that is asked anew another one, else always the same."""
	tries = progress_of(event.steps).tries if step.only_asks else 0
	return key_of_step(event.idempotency_key, step.name, tries)


@dataclass
class Prepared:
	"""A request ready to be sent, with all that is needed to settle its outcome.

	synced: what the link remembers of both sides once the request is carried out; None: nothing new. headers: that
	the flow adds. files: whose contents marks in the body stand for, see `attachments.chosen`; contents: theirs, read when
	it is sent. stage: where the event has several requests, which of them this is. part: of a file that is sent in parts, the
	one that is sent now, known once the file was read. pinned: the document stands as it is here, whatever changed outside.
	makes: id of the record that it makes, where its path says it.
	"""

	event: Any
	flow: Flow
	subject: Subject
	operation: str
	method: str
	path: str
	body: bytes
	content_type: str
	payload: Any = None
	state_hash: str | None = None
	link: Link | None = None
	synced: str | None = None
	headers: dict[str, str] = field(default_factory=dict)
	files: dict[str, dict[str, Any]] = field(default_factory=dict)
	contents: dict[str, bytes] = field(default_factory=dict, repr=False)
	stage: Stage | None = None
	part: Part | None = None
	pinned: bool = False
	makes: str | None = None

	@property
	def batch(self) -> str:
		"""Id of the batch that carries it and is worked off outside; empty for none."""
		return progress_of(self.event.steps).batch

	@property
	def in_parts(self) -> bool:
		return self.stage is not None and self.stage.step.in_parts

	@property
	def key(self) -> str:
		"""The idempotency key: of each step its own, the same at every try."""
		if self.stage is None or self.stage.step.own:
			return self.event.idempotency_key
		return step_key(self.event, self.stage.step)

	@property
	def unchanged(self) -> bool:
		"""Whether the other side was told just this before."""
		return bool(
			self.flow.only_changed and self.link and self.link.fingerprint(self.flow.name) == self.state_hash
		)

	@property
	def tells_a_rename(self) -> bool:
		"""Whether the request is about the name alone, which need not be in its payload."""
		return self.operation == flows.SEND and bool(self.event.old_name)

	@property
	def creates(self) -> bool:
		return self.operation == flows.CREATE or (self.operation == STEP and self.method == "POST")


@dataclass
class Verdict:
	"""What becomes of an event without a request. status: of the Sync Log row. ended: the link of a document that is gone,
	whose record stays outside. more: events that take its place, as `sync_log.queue` has them."""

	event: Any
	status: str
	outcome: str
	error: str = ""
	ended: Link | None = None
	more: tuple[dict[str, Any], ...] = ()


@dataclass
class Finish:
	"""An event of which all requests are done. said: the document's values with what was answered.

	state_hash: what the other side knows of the document now. operation: nothing outside depends on it.
	"""

	event: Any
	flow: Flow
	subject: Subject
	said: dict[str, Any]
	link: Link | None
	state_hash: str | None
	operation: str = flows.UPDATE


@dataclass
class Known:
	"""An event whose record was there already: linked instead of created. progress: of the event, once it is."""

	event: Any
	flow: Flow
	subject: Subject
	external_id: str
	progress: Progress


@dataclass
class Delivery:
	"""One event that was part of a request. data, outcome: its own part of the answer. token: of its claim. batch: id of the
	batch that carries it and is worked off outside, as long as there is one.
	"""

	prepared: Prepared
	result: Result
	outcome: Outcome
	data: object = None
	token: str = ""
	batch: str = ""

	def said(self, place: AnswerPlace | None) -> object:
		"""What its own part of the answer says at a place; a header only where the record was sent alone."""
		if place is None or self.outcome.kind != outcomes.DELIVERED:
			return None
		alone = self.prepared.flow.batch_size == 1
		return place.found(self.data, self.result.raw_headers if alone else {})
