"""Loads what a batch of claimed events speaks of: flows, documents, links and copies, with few queries."""

from __future__ import annotations

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import flow_fields, inflow
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow
from erp_connect.core.delivery.states import FAILED, IN, ON_HOLD, OUT
from erp_connect.core.errors import ConnectError
from erp_connect.core.mapping.merge import ERPNEXT
from erp_connect.outbound import already_there
from erp_connect.records import document
from erp_connect.records.document import Subject
from erp_connect.store import former_names, replays, sync_link, sync_log, waiting
from erp_connect.store.exemptions import Exemption, stopping
from erp_connect.store.merged_links import tells_end
from erp_connect.store.sync_link import Link


class Loader:
	"""Finds flows, documents and links of a batch with few queries."""

	def __init__(self, events: list, account: Account) -> None:
		self.account = account
		self._whole: set[str] = set()
		_follow_renamed(events)
		self.flows = {name: _flow_or_error(name) for name in {event.field_mapping for event in events}}
		self._look_again(events)
		self.found = {event.name: document.find(event) for event in events}
		self.subjects = {name: found[0] if found else None for name, found in self.found.items()}
		self.links: dict[tuple, dict[str, Link]] = {}
		self.documents: dict[str, dict] = {}
		self.coming = self._coming(events)
		self.older = _older(events)
		self.exempt = self._exempt(events, OUT)
		self.pinned = self._exempt(events, IN)
		self._load_links(events)
		self._load_documents(events)
		self._load_copies(events)

	def require_fields(self, flow: Flow) -> None:
		"""Raises `MappingError` where the flow reads a field that is gone."""
		if flow.name not in self._whole:
			flow_fields.require_fields(flow)
			self._whole.add(flow.name)

	def _look_again(self, events: list) -> None:
		"""What is asked for once more needs its document."""
		for event in events:
			if isinstance(flow := self.flows[event.field_mapping], Flow):
				already_there.look_again(event, flow)

	def _load_links(self, events: list) -> None:
		wanted: dict[tuple, list[str]] = {}
		for event in events:
			flow, subject = self.flows[event.field_mapping], self.subjects[event.name]
			if isinstance(flow, Flow) and subject:
				names = wanted.setdefault((flow.remote_entity, subject.doctype), [])
				names += [subject.name, *filter(None, [event.merged_into])]
		for (entity, doctype), names in wanted.items():
			self.links[entity, doctype] = sync_link.find_many(self.account.name, entity, doctype, names)

	def _load_documents(self, events: list) -> None:
		wanted: dict[str, list[str]] = {}
		for event in events:
			subject = self.subjects[event.name]
			if subject and not tells_end(event) and not event.method:
				wanted.setdefault(subject.doctype, []).append(subject.name)
		for doctype, names in wanted.items():
			self.documents[doctype] = document.load_many(doctype, names)

	def _load_copies(self, events: list) -> None:
		"""Of documents that are gone, or were cancelled before another one got their name."""
		wanted = [
			event
			for event in events
			if not event.method
			and not tells_end(event)
			and (subject := self.subjects[event.name])
			and (event.event == "cancel" or self.document(subject) is None)
		]
		found = sync_log.copies([event.name for event in wanted])
		for event in wanted:
			event.snapshot = found.get(event.name)

	def _coming(self, events: list) -> dict[tuple[str, str], str]:
		"""(flow, document) of what came in and is not written yet → its status: On Hold and Failed wait for a person."""
		flows = [name for name, flow in self.flows.items() if isinstance(flow, Flow) and flow.two_way]
		names: dict[str, set[str]] = {}
		for event in events:
			if event.field_mapping in flows and (subject := self.subjects[event.name]):
				names.setdefault(subject.doctype, set()).add(subject.name)
		found: dict[tuple[str, str], str] = {}
		for doctype, wanted in names.items():
			found |= coming(flows, doctype, list(wanted))
		return found

	def _exempt(self, events: list, direction: str) -> dict[tuple[str, str, str], Exemption]:
		"""(flow, DocType, document) → what a person decided, of those that are not sent, or not written.

		The latter counts only where it is looked what stands outside before it is written over.
		"""
		wanted: dict[tuple[str, str], set[str]] = {}
		for event in events:
			flow, subject = self.flows[event.field_mapping], self.subjects[event.name]
			if subject and (direction == OUT or getattr(flow, "read_first", False)):
				wanted.setdefault((event.field_mapping, subject.doctype), set()).add(subject.name)
		found: dict[tuple[str, str, str], Exemption] = {}
		for (flow, doctype), names in wanted.items():
			for name, exemption in stopping(direction, self.account.name, doctype, names, flow).items():
				found[flow, doctype, name] = exemption
		return found

	def is_pinned(self, flow: Flow, subject: Subject) -> bool:
		"""Whether a person pinned a document as it is here."""
		return (flow.name, subject.doctype, subject.name) in self.pinned

	def link(self, flow: Flow, subject: Subject) -> Link | None:
		return self.links.get((flow.remote_entity, subject.doctype), {}).get(subject.name)

	def document(self, subject: Subject):
		return self.documents.get(subject.doctype, {}).get(subject.name)


def coming(two_way: list[str], doctype: str, names: list[str]) -> dict[tuple[str, str], str]:
	"""(flow, document) of what came in by two-way flows and is not written yet → its status; see `Loader.coming`."""
	found: dict[tuple[str, str], str] = {}
	giving_way = [name for name in two_way if inflow.load(name).policy != ERPNEXT]
	for flow, name in waiting.refused(giving_way, doctype, names):
		found[flow, name] = FAILED
	for flow, name, status in waiting.coming(two_way, doctype, names):
		if found.get((flow, name)) != ON_HOLD:
			found[flow, name] = status
	return found


def _older(events: list) -> set[str]:
	"""Repetitions, and deletions, which were overtaken by a newer state of their document since they were queued."""
	repeated = [
		event
		for event in events
		if (event.replay_of and event.decision != replays.SEND_OLDER) or _is_deletion(event)
	]
	histories = replays.histories(repeated)
	return {event.name for event in repeated if histories[event.order_key].newer(event.name, ahead=False)}


def _is_deletion(event) -> bool:
	"""Whether an event tells the end of a document of which another one may have the name, and so the record, by now."""
	return event.event == "delete" and not event.merged_into and not event.replay_of


def _follow_renamed(events: list) -> None:
	"""An event that was claimed before its flow was renamed is one of that flow: the rename took its row along."""
	renamed = former_names.current(former_names.FLOW, {event.field_mapping for event in events})
	for event in events:
		event.field_mapping = renamed.get(event.field_mapping, event.field_mapping)


def _flow_or_error(name: str) -> Flow | Exception:
	try:
		return flows.load(name)
	except (ConnectError, frappe.DoesNotExistError) as error:
		return error
