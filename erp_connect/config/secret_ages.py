"""When the secrets of an account were entered. Keeps days, never a secret or anything made of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from frappe import _
from frappe.utils import getdate

from erp_connect.config import named_secrets, secrets

FIELD = "secrets_changed"
ROWS = "parameters"
# Secrets kept in `site_config.json` or the environment change there, unseen.
ELSEWHERE = "elsewhere"
# On their way out already.
PREVIOUS = "previous_"


@dataclass(frozen=True)
class Entered:
	"""label: of the field, or the name of the row. on: the day; of a secret that is older than these notes the day on
	which the account was made. None where it is kept elsewhere."""

	label: str
	on: date | None


def note(doc) -> None:
	"""Note in an Integration Settings that is being saved which secrets were entered now. Call it from `validate`."""
	known, found = _noted(doc), {}
	for key, _label, part, fieldname in _places(doc):
		if secrets.is_typed(part, fieldname):
			outside = named_secrets.is_name(part.get(fieldname))
			found[key] = ELSEWHERE if outside else getdate().isoformat()
		elif part.get(fieldname) and key in known:
			found[key] = known[key]
	doc.set(FIELD, json.dumps(found, sort_keys=True) if found else None)


def of_document(doc) -> list[Entered]:
	"""The secrets that an Integration Settings holds, and since when."""
	known = _noted(doc)
	made = getdate(doc.creation)
	return [
		Entered(label, None if known.get(key) == ELSEWHERE else getdate(known.get(key) or made))
		for key, label, part, fieldname in _places(doc)
		if part.get(fieldname)
	]


def older_than(doc, days: int) -> list[Entered]:
	"""The secrets of an Integration Settings that were entered more than so many days ago."""
	return [one for one in of_document(doc) if one.on and (getdate() - one.on).days > days]


def _noted(doc) -> dict[str, str]:
	return json.loads(doc.get(FIELD) or "{}")


def _places(doc) -> Iterator[tuple[str, str, Any, str]]:
	"""(key of the note, label, document or row, fieldname) of each Password field."""
	for part in (doc, *doc.get(ROWS)):
		for field in part.meta.get("fields", {"fieldtype": "Password"}):
			if field.fieldname.startswith(PREVIOUS):
				continue
			if part is doc:
				yield field.fieldname, _(field.label), part, field.fieldname
			else:
				yield f"{part.place} {part.key}", part.key, part, field.fieldname
