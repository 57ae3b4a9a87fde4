"""What a link remembers of both sides once a document was sent. Never writes."""

from __future__ import annotations

from typing import Any

from erp_connect.config import inflow
from erp_connect.records import comparing, own_writing, read_back
from erp_connect.store import synced


def sent_values(
	flow_name: str, doc, before: str | None, own: str, payload: Any = None, *, creating: bool = False
) -> str:
	"""What a link remembers once a document was sent: the values of the fields that may come back.

	Of those that were not among what was sent, the outside has what it had. before: what the link remembered so far.
	own: fingerprint of what only goes out. payload, creating: see `read_back.sent`.
	"""
	flow = inflow.load(flow_name)
	values, known = comparing.of_flow(flow, doc), synced.base_of(before)
	unsent = {
		name
		for name, value in values.items()
		if known and name in known.there and not flow.sends(name, value)
	}
	kept = own_writing.of(flow, values, before)
	sent = {
		name: value
		for name, value in read_back.sent(flow, values, payload, creating=creating).items()
		if name not in unsent and not comparing.same(kept.get(name, values.get(name)), value)
	}
	# A record that was just made has nothing of what is not sent.
	lacks = {name: None for name in flow.never_sent if name in values} if known is None else {}
	there = {**values, **lacks, **kept, **sent, **{name: known.there[name] for name in unsent}}
	originals_outside = {name for name, value in kept.items() if not isinstance(value, list)}
	lessened = (sent.keys() - originals_outside) | (synced.lessened_of(before) & unsent)
	return synced.as_text(values, there, own, lessened=lessened)


def not_equal_any_more(doc, before: str | None, sent: set[str]) -> str | None:
	"""What a link remembers once a flow that only sends has sent a document; None: nothing new to remember.

	What changed here since both sides were equal is what the outside has now, so the value from before tells no more
	which side changed: the flow may go both ways again. before: what the link remembered so far. sent: fields of the
	document that the flow reads, "*" for all.
	"""
	base = synced.base_of(before)
	if base is None:
		return None
	here = comparing.of_document(doc, base.here, base.here)
	read = base.here if "*" in sent else sent & base.here.keys()
	changed = {name for name in read if not comparing.same(here.get(name), base.here[name])}
	if not changed:
		return None
	return synced.as_text(
		{name: value for name, value in base.here.items() if name not in changed},
		{name: value for name, value in base.there.items() if name not in changed},
		synced.own_of(before),
		synced.overruled_of(before),
		synced.lessened_of(before),
	)
