"""Which outside record it is, and in which version, as a flow reads it from the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.core.mapping.matching import is_empty
from erp_connect.core.parse.texts import bad_text, storable
from erp_connect.core.values import cursor, ids, versions
from erp_connect.core.values.outline import paths_of
from erp_connect.records.errors import BadRecord

LIMIT = ids.ID_LIMIT
# Longest ETag that is kept: no server takes a longer header.
ETAG_LIMIT = 8000
# Where a record that was fetched alone carries the ETag of its answer.
ETAG = "_etag"
_KINDS = {str: "a text", list: "a list", type(None): "empty", bool: "a truth value"}


def require_object(record: Any) -> None:
	"""Raises `BadRecord` for a record that is a text, a list, or anything else without names."""
	if not isinstance(record, dict):
		raise BadRecord(
			"A record is an object with named fields, but this is {kind}. Send it as an object, or let Record in the event or "
			"Records in the answer of the flow find the objects.",
			kind=_KINDS.get(type(record), "a number"),
		)


def identify(flow: InFlow, record: Any) -> str | None:
	"""The external id of a record, as text. Raises `BadRecord` when there is no usable one."""
	require_object(record)
	found = flow.external_id.search(record) if flow.external_id else None
	if is_empty(found):
		return None
	if isinstance(found, str | int) and len(str(found)) > LIMIT:
		raise BadRecord(
			"The external id has {length} characters, and at most {limit} are kept: {found}. Choose another field as External "
			"id in the record of flow {flow} (tab Incoming), or shorten it there, by md5(…) say.",
			code="id_too_long",
			length=len(str(found)),
			limit=LIMIT,
			found=storable(str(found)[:60]) + "…",
			flow=flow.name,
		)
	if isinstance(found, bool | dict | list | float) or bad_text(found):
		raise BadRecord("The external id {found} cannot be used. Check its expression in flow {flow}.",
			found=storable(str(found)), flow=flow.name)  # fmt: skip
	return str(found)


def required(flow: InFlow, record: Any) -> str | None:
	"""The external id of a record that is to be written; None only where the flow does not say where ids stand.

	Raises `BadRecord` where the flow says so and nothing is there: such a record would become a new document at each
	change.
	"""
	found = identify(flow, record)
	if found is None and flow.external_id is not None:
		raise BadRecord(
			"No id, so nothing was written: {expression} finds nothing. The record has {paths}. Correct External id in "
			"the record of flow {flow} (tab Incoming), or empty it where records have no id and match keys recognise "
			"them; then try again.",
			code="no_id",
			expression=flow.external_id.text,
			flow=flow.name,
			paths=Whole(", ".join(paths_of(record)) or "nothing"),
		)
	return found


def version_of(flow: InFlow, record: dict) -> str | None:
	"""The version of a record as text; None where the flow knows none."""
	found = flow.version.search(record) if flow.version else None
	return None if found is None or isinstance(found, dict | list) else storable(str(found))[:LIMIT]


def with_etag(flow: InFlow, record: dict, headers: Mapping[str, str]) -> dict:
	"""A record that an answer held alone, with the ETag of the answer where the flow takes it from a header."""
	found = flow.etag.found(None, headers) if flow.etag and flow.etag.header else None
	return {**record, ETAG: found} if found else record


def etag_of(flow: InFlow, record: dict) -> str | None:
	"""What the outside calls the state of a record; None where that is not known."""
	if flow.etag is None:
		return None
	return as_etag(record.get(ETAG) if flow.etag.header else flow.etag.found(record, {}))


def as_etag(found: Any) -> str | None:
	"""An ETag as text; None for what is none."""
	usable = isinstance(found, str | int | float) and not isinstance(found, bool)
	return str(found) if usable and 0 < len(str(found)) <= ETAG_LIMIT else None


def is_etag(version: str) -> bool:
	"""Whether a version is an ETag, in its quotes: it tells states apart, and nothing of which is older.

	https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
	"""
	return version.removeprefix("W/").startswith('"')


def is_outdated(account: str, version: str | None, known: str | None) -> bool:
	"""Whether a state is older than another one of an account, as far as the versions of both say it."""
	return bool(version and known and is_older(version, known, zone_of(account)))


def zone_of(account: str) -> str:
	"""The zone of the times without an offset that an account gives."""
	own = frappe.get_cached_value("Integration Settings", account, "time_zone")
	return own or frappe.utils.get_system_timezone()


def is_older(version: str, known: str, time_zone: str = "UTC") -> bool:
	"""Whether one version is before another: as numbers or as times where both are, otherwise as `versions.is_before`.

	time_zone: of times without an offset. Where its clock goes back they come twice: then nothing is taken for older that
	may be the later one.
	"""
	if is_etag(version) or is_etag(known):
		return False
	numbers = versions.number(version), versions.number(known)
	if None not in numbers:
		return numbers[0] < numbers[1]
	if versions.is_ambiguous_date(version) or versions.is_ambiguous_date(known):
		return versions.is_before(version, known)
	if (found := cursor.is_earlier(version, known, time_zone)) is not None:
		return found
	try:
		moments = [frappe.utils.get_datetime(text) for text in (version, known)]
		return moments[0] < moments[1]
	except (TypeError, ValueError, OverflowError):
		return versions.is_before(version, known)
