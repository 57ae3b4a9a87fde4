"""What came in of a record while its update was on the way: the answer may be older than what the link says by now.

Decides by versions where there are any, otherwise for sending once more: that overwrites nothing that is newer here.
"""

from __future__ import annotations

from typing import Any

from erp_connect.outbound.request import Prepared
from erp_connect.records import comparing, identity, requeue
from erp_connect.records.document import Subject
from erp_connect.store import sync_link, synced
from erp_connect.store.bindings import Binding

# The link knows a newer state than the answer does; or what the link knows was overwritten by what was sent.
NEWER, OVERWRITTEN = "newer", "overwritten"


def remember(known: list[tuple[Prepared, Binding]]) -> None:
	"""Write what was sent of records that are linked, unless something newer came in meanwhile. Does not commit."""
	touched, exchanged = [], []
	now = synced.states([prepared.link.name for prepared, _ in known if prepared.synced])
	for prepared, binding in known:
		link, state_hash = prepared.link.name, prepared.state_hash
		found = _came_in(prepared, binding.remote_version, now.get(link))
		if found == NEWER:
			continue
		if found == OVERWRITTEN:
			state_hash = None  # the document has what was overwritten: that is sent once more
			requeue.queue_update(prepared.flow.name, Subject(binding.document_type, binding.document_name))
		# What a person edited is taken in like any change outside.
		version = None if prepared.event.edited else binding.remote_version
		touched.append((link, prepared.flow.name, state_hash))
		exchanged.append((link, prepared.synced, version, binding.etag))
	sync_link.touch(touched)
	synced.sent(exchanged)


def _came_in(prepared: Prepared, version: str | None, now: Any) -> str | None:
	"""NEWER, OVERWRITTEN, or None when nothing came in but our own change.

	version: that the answer gave. now: `synced_values` and `remote_version` of the link as they are, or None.
	"""
	before = prepared.link
	if now is None or (now.synced_values, now.remote_version) == (
		before.synced_values,
		before.remote_version,
	):
		return None
	if version and version == now.remote_version:
		return None
	if _same_there(now.synced_values, prepared.synced):
		return None
	if identity.is_outdated(prepared.flow.account, version, now.remote_version):
		return NEWER
	return OVERWRITTEN


def _same_there(one: str | None, other: str | None) -> bool:
	"""Whether both say the same about the outside."""
	left, right = synced.base_of(one), synced.base_of(other)
	if left is None or right is None:
		return left is right
	return all(comparing.same(left.there.get(name), value) for name, value in right.there.items())
