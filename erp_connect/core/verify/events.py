"""The events in one request: most senders put one in a body, some put several.

Promises: each event has an id of its own, the same for every delivery of the same event as far as the vendor makes
that possible, its own topic, and a body that holds it alone at the place where it stood, so that expressions written
for the whole body find it. Raises because of the body in two cases only: InputError where it cannot be read at all, and
VerificationError for an event of a kind that another way of proof is for.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConnectError
from erp_connect.core.values.paths import Path, parse_path
from erp_connect.core.verify.alternatives import require_topic
from erp_connect.core.verify.event import Verified, event_of, id_place
from erp_connect.core.verify.event_path import NEVER, WHOLE_BODY
from erp_connect.core.verify.places import BODY
from erp_connect.core.verify.request import InboundRequest
from erp_connect.core.verify.types import Scheme


@dataclass(frozen=True)
class Event:
	"""id, topic: as of `Verified`. fingerprint: of the part. data: the body, holding this event alone. by_content: the vendor
	sends no id, so that a state which comes back has the id of the first time.
	"""

	id: str
	topic: str
	fingerprint: str
	data: Any = field(repr=False)
	by_content: bool = False


@dataclass(frozen=True)
class _Part(InboundRequest):
	"""The request, as if its body held one of its events."""

	part: Any = field(default=None, repr=False)

	@property
	def data(self) -> Any:
		return self.part

	@property
	def fingerprint(self) -> str:
		return hashlib.sha256(json.dumps(self.part, sort_keys=True).encode()).hexdigest()


def events_of(scheme: Scheme, request: InboundRequest, verified: Verified) -> list[Event]:
	"""The events in a request that is proved, in their order; one where its body is no list of objects.

	scheme: the one that proved it. Raises VerificationError where that may not prove one of them.
	"""
	found = _found(scheme, request, verified)
	for event in found:
		require_topic(scheme, event.topic)
	return found


def _found(scheme: Scheme, request: InboundRequest, verified: Verified) -> list[Event]:
	bodies = _bodies(scheme.events or WHOLE_BODY, request.data)
	if len(bodies) < 2:
		by_content = id_place(scheme, request) is None
		return [Event(verified.id, verified.topic, verified.fingerprint, request.data, by_content)]
	found, seen = [], Counter()
	for number, body in enumerate(bodies, 1):
		part = _Part(
			request.method, request.url, request.headers, request.body, request.query, request.limits, body
		)
		about, place = event_of(scheme, part, verified.timestamp), id_place(scheme, part)
		seen[about.id] += 1
		id_ = about.id
		if place is None and seen[id_] > 1:
			id_ = f"{id_}#{seen[id_]}"  # two that are equal to the letter are two
		elif place is not None and place.kind != BODY:
			id_ = f"{id_}#{number}"  # one id for the whole delivery
		found.append(Event(id_, about.topic, about.fingerprint, body, place is None))
	return found


def _bodies(path: str, data: Any) -> list[Any]:
	"""The body once for each event that stands at `path`; none where there is no list of objects."""
	if path == NEVER:
		return []
	segments = () if path == WHOLE_BODY else _names(path)
	events = data
	for name in segments or ():
		events = events.get(name) if isinstance(events, dict) else None
	if (
		segments is None
		or not isinstance(events, list)
		or not all(isinstance(event, dict) for event in events)
	):
		return []
	return [_with(data, segments, [event]) for event in events]


def _names(path: str) -> Path | None:
	try:
		segments = parse_path(path)
	except ConnectError:
		return None
	return segments if all(isinstance(segment, str) for segment in segments) else None


def _with(data: Any, segments: Path, value: Any) -> Any:
	"""`data` with another value at a path; what is not on the way is shared."""
	if not segments:
		return value
	return {**data, segments[0]: _with(data[segments[0]], segments[1:], value)}
