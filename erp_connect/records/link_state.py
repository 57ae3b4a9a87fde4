"""What a link keeps of an outside record that was written into its document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.core.mapping import arrival
from erp_connect.records import comparing, newly_linked, requeue, two_way
from erp_connect.records.missed import Missed
from erp_connect.store import bindings, sync_link, synced
from erp_connect.store.bindings import Binding

# What was done with a document that has all that came in already.
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Outside:
	"""What is known of a record besides its values. received_hash: of the record as it was fetched. arrived: see `write.upsert`."""

	external_id: str
	version: str | None
	etag: str | None
	received_hash: str | None
	arrived: int | None


@dataclass(frozen=True)
class Done:
	"""A document that was brought in line. brought: where changes go both ways, unless the record made it.

	missed: see `write.Written`.
	"""

	doc: Any
	action: str
	values: dict[str, Any]
	brought: two_way.Brought | None = None
	missed: tuple[Missed, ...] = ()


def bind(
	flow: InFlow,
	done: Done,
	link: sync_link.Link | None,
	outside: Outside,
) -> bool:
	"""Remember the record as what the document is linked with. False where the outside does not have all of it yet."""
	text, state = _remembered(flow, done, link, outside.external_id)
	if link and done.action != UNCHANGED:
		synced.forget_sent_by_others(link, flow.name)
	received_hash = outside.received_hash
	if not set(flow.fields) <= set(done.values):
		# What it leaves out may come by a fetched one of this version.
		received_hash = received_hash or bindings.PARTIAL
	binding = Binding(
		integration=flow.account,
		remote_entity=flow.remote_entity,
		document_type=flow.document_type,
		document_name=str(done.doc.name),
		flow=flow.name,
		fingerprint=state,
		external_id=outside.external_id,
		received=True,
		remote_version=outside.version,
		etag=outside.etag,
		details=_heard(flow, done, link, outside),
		synced=text,
		received_hash=received_hash,
	)
	if link and not flow.two_way and not link.fingerprint(flow.name) and _leads_to(link, binding):
		bindings.bind_again(link.name, binding)
		return True
	for conflict in bindings.bind([binding]).values():
		raise conflict
	if not (link and link.external_id):
		newly_linked.queue(flow.account, flow.remote_entity, flow.document_type, [binding.document_name])
	if not flow.two_way:
		return True
	requeue.release_held(flow.name, done.doc)
	return state is not None  # kept only where nothing of the document is news to the outside


def _leads_to(link: sync_link.Link, binding: Binding) -> bool:
	"""Whether a link that was found is the one of the document and the record, still."""
	found = (link.document_type, link.document_name, link.external_id)
	return found == (binding.document_type, binding.document_name, binding.external_id)


def _heard(flow: InFlow, done: Done, link: sync_link.Link | None, outside: Outside) -> str | None:
	"""The details of the link, with the fields that this event has said; None: nothing new to remember."""
	if outside.arrived is None:
		return None
	known, key = link.details if link else None, sync_link.flow_key(flow.name)
	return arrival.noted(known, key, flow.fields, done.values, outside.arrived)


def _remembered(
	flow: InFlow, done: Done, link: sync_link.Link | None, external_id: str
) -> tuple[str | None, str | None]:
	"""What the link keeps: synced values, and the fingerprint of the state that both sides have; None: nothing new."""
	if flow.two_way:
		return two_way.remembered(flow, done.doc, done.values, external_id, link, done.brought)
	# What was missed is not remembered: it is written as soon as it can be.
	lost = {one.top for one in done.missed}
	values = {field: value for field, value in done.values.items() if field not in lost}
	before = link.synced_values if link else None
	return comparing.written_differently(done.doc, values, before, comparing.sets_of(flow)), None
