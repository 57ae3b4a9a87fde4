"""Documents of other types by which a new record is known here, so that nothing is made of it: a Contact of its address, say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import frappe
from frappe import _

from erp_connect.config.triggers import parse_match
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.mapping.matching import MatchKey, MatchSet


@dataclass(frozen=True)
class Elsewhere:
	"""keys: fields of the other DocType by which a record is known. own: by each, the field of the flow's document that has its value."""

	doctype: str
	keys: MatchSet
	own: Mapping[str, str]


def of_text(text: str | None, match_sets: Iterable[MatchSet]) -> tuple[Elsewhere, ...]:
	"""Lines such as `Contact Email: email_id=email_id`. Texts are compared as the match key of the flow's field is.

	Raises `ConfigurationError` for a line that has not this form.
	"""
	ignoring = {key.field: key.ignoring for keys in match_sets for key in keys}
	return tuple(_of_line(line.strip(), ignoring) for line in (text or "").splitlines() if line.strip())


def _of_line(line: str, ignoring: Mapping[str, str]) -> Elsewhere:
	doctype, _colon, fields = (part.strip() for part in line.partition(":"))
	own = {theirs: ours for ours, theirs in parse_match(fields).items()}
	if not (doctype and own):
		raise ConfigurationError(
			"{line} does not say by which documents a record is known. Write for example Contact Email: email_id=email_id.",
			code="bad_match",
			line=line,
		)
	keys = tuple(MatchKey(theirs, ignoring.get(ours, "")) for theirs, ours in own.items())
	return Elsewhere(doctype, keys, own)


def problems(doc, known_as: Iterable[Elsewhere]) -> Iterator[str]:
	"""Messages about these lines of a Field Mapping, for the person who saves it."""
	place, own = _(doc.meta.get_label("known_as")), frappe.get_meta(doc.document_type)
	for one in known_as:
		if not frappe.db.exists("DocType", one.doctype):
			yield f"{place}: " + _("There is no document type {0}.").format(one.doctype)
			continue
		theirs = frappe.get_meta(one.doctype)
		fields = ((theirs, name) for name in one.own), ((own, name) for name in one.own.values())
		for meta, name in (pair for pairs in fields for pair in pairs):
			if not meta.has_field(name):
				yield f"{place}: " + _("{0} has no field {1}.").format(meta.name, name)
