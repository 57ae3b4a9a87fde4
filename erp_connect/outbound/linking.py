"""Which record outside a delivered document is: its Sync Link, from what the answer says."""

from __future__ import annotations

from typing import Any

from erp_connect.calls.exchange import search
from erp_connect.config.account import Account
from erp_connect.config.request_rules import CREATE, DELETE
from erp_connect.config.request_steps import STEP
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.states import FAILED, RETRYING
from erp_connect.core.values.ids import ID_LIMIT, as_id
from erp_connect.outbound import existing, overtaken
from erp_connect.outbound.request import Delivery
from erp_connect.records import identity, newly_linked
from erp_connect.store import bindings, merged_links, sync_link, sync_log
from erp_connect.store.bindings import Binding
from erp_connect.store.sync_link import Link

# The length of the column of Sync Link.
URL_LIMIT = 1000


def bind(items: list[Delivery], account: Account) -> dict[int, str]:
	"""Write the links of what was carried out. Returns messages of conflicts by position. Does not commit."""
	new, known, positions = [], [], []
	names = sync_log.documents_of([item.prepared.event.name for item in items])
	for position, item in enumerate(items):
		if not _tells_of_its_record(item):
			continue
		prepared = item.prepared
		if prepared.operation == DELETE or _tells_of_a_merge(prepared.event):
			let_go(prepared.event, prepared.link)
			continue
		binding = _binding(item, account, names)
		if prepared.link and not binding.external_id:
			known.append((prepared, binding))
		else:
			new.append(binding)
			positions.append(position)
	overtaken.remember(known)
	conflicts = bindings.bind(new)
	tell_those_that_wait(
		[
			binding
			for index, binding in enumerate(new)
			if index not in conflicts and not _had_an_id(items[positions[index]])
		]
	)
	return {positions[index]: str(conflict) for index, conflict in conflicts.items()}


def _had_an_id(item: Delivery) -> bool:
	return bool(item.prepared.link and item.prepared.link.external_id)


def tell_those_that_wait(new: list[Binding]) -> None:
	"""Let what links to these documents, and was left out as long as they were no records, be sent. Does not commit."""
	kinds: dict[tuple[str, str, str], list[str]] = {}
	for binding in new:
		if binding.external_id:
			kind = (binding.integration, binding.remote_entity, binding.document_type)
			kinds.setdefault(kind, []).append(binding.document_name)
	for kind, names in kinds.items():
		newly_linked.queue(*kind, names)


def let_go(event: Any, link: Link | None) -> None:
	"""A document is gone, and what was to be told of it outside is told. Does not commit."""
	if link is None:
		return
	if _tells_of_a_merge(event):
		merged_links.told(link.name)
	else:
		sync_link.remove(link.name)


def _tells_of_a_merge(event: Any) -> bool:
	return bool(event.merged_into and merged_links.tells_end(event))


def _binding(item: Delivery, account: Account, names: dict[str, str]) -> Binding:
	prepared = item.prepared
	# The document may have been renamed while its request was under way.
	renamed = None if prepared.event.subject else names.get(prepared.event.name)
	known = prepared.link.external_id if prepared.link else None
	# The other side of a two-way flow may have renamed the record along.
	asks = prepared.operation in (CREATE, "Send") or prepared.flow.two_way
	found = search(prepared.flow.external_id, item.data) if asks else None
	url = search(prepared.flow.external_url, item.data)
	return Binding(
		integration=account.name,
		remote_entity=prepared.flow.remote_entity,
		document_type=prepared.subject.doctype,
		document_name=renamed or prepared.subject.name,
		made=prepared.link is None,
		merged_from=prepared.subject.name if renamed and renamed != prepared.subject.name else None,
		flow=prepared.flow.name,
		# What a record that existed before holds is not known.
		fingerprint=prepared.state_hash if item.outcome.kind == outcomes.DELIVERED else None,
		external_id=None if as_id(found) == known else as_id(found),
		external_url=url if _is_web_address(url) else None,
		remote_version=_version(item.said(prepared.flow.answer_version)),
		etag=identity.as_etag(item.said(prepared.flow.answer_etag)),
		synced=prepared.synced if item.outcome.kind == outcomes.DELIVERED else None,
	)


def _tells_of_its_record(item: Delivery) -> bool:
	"""Whether the answer is about the event's own record, which is there now: that of a further step is not."""
	if item.prepared.operation == STEP:
		return False
	return item.outcome.kind == outcomes.DELIVERED or _is_now_known(item)


def _is_now_known(item: Delivery) -> bool:
	"""Whether a record that existed before can be linked."""
	return (
		item.outcome.kind == outcomes.EXISTS
		and item.prepared.operation == CREATE
		and existing.status_of(item.prepared, item.data) != FAILED
		and as_id(search(item.prepared.flow.external_id, item.data)) is not None
	)


def goes_on_as_update(item: Delivery) -> bool:
	"""Whether a record that existed before is linked now, and gets the document's state by an update."""
	return _is_now_known(item) and existing.status_of(item.prepared, item.data) == RETRYING


def _version(found: object) -> str | None:
	return str(found)[:ID_LIMIT] if isinstance(found, str | int | float) and found != "" else None


def _is_web_address(value: object) -> bool:
	"""Whether Desk may offer it as a link: an answer could hold javascript: as well."""
	return isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) <= URL_LIMIT


def shown_id(item: Delivery) -> str | None:
	"""The external id that the event's row shows."""
	link = item.prepared.link
	if link and link.external_id:
		return link.external_id
	if item.outcome.kind != outcomes.DELIVERED or item.prepared.operation == STEP:
		return None
	return as_id(search(item.prepared.flow.external_id, item.data))
