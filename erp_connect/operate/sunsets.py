"""When a system gives up the API version that an account was made for: told in time, with what to do.

A preset says it of its release; an account remembers it of the release that it is as new as.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import frappe
from frappe import _
from frappe.utils import formatdate, getdate

from erp_connect.config import preset_files
from erp_connect.core.presets.preset import Preset
from erp_connect.operate import preset_releases
from erp_connect.store import preset_origins

NEAR_DAYS = 60
FIELDS = ("name", "system", "preset_release", "preset_sunset")


def warning(account: str) -> str:
	"""That the API version of an account ends within 60 days, or has ended, and what to do; empty for later or never."""
	row = frappe.db.get_value("Integration Settings", account, FIELDS, as_dict=True)
	known = preset_files.load_all().get(row.system or "")
	sunset = _of(row, known)
	return _told(row, known, sunset) if _is_near(sunset) else ""


def near() -> dict[str, str]:
	"""What is to be told of accounts that are enabled, by their names."""
	presets = preset_files.load_all()
	found = {}
	for row in _accounts():
		known = presets.get(row.system)
		if _is_near(sunset := _of(row, known)):
			found[row.name] = _told(row, known, sunset)
	return found


def remember() -> None:
	"""Each day: keep with each account the day that its preset names, for when the preset goes on to another version."""
	presets = preset_files.load_all()
	for row in _accounts():
		sunset = _of(row, presets.get(row.system))
		if sunset != _day(row.preset_sunset):
			preset_origins.remember_sunset(row.name, sunset)
			frappe.clear_document_cache("Integration Settings", row.name)


def _accounts() -> list:
	return frappe.get_all("Integration Settings", {"enabled": 1, "system": ("is", "set")}, FIELDS)


def _of(row: Mapping, known: Preset | None) -> date | None:
	"""The day for an account. Of a release that is older than the preset here, only the account remembers it."""
	if known and (row.preset_release or known.release) == known.release:
		return known.sunset
	return _day(row.preset_sunset)


def _day(value: object) -> date | None:
	return getdate(value) if value else None


def _is_near(sunset: date | None) -> bool:
	return bool(sunset) and (sunset - getdate()).days <= NEAR_DAYS


def _told(row: Mapping, known: Preset | None, sunset: date) -> str:
	title = known.title if known else row.system
	if sunset <= getdate():
		ends = _("{0} has stopped answering the API version of this account on {1}.")
	else:
		ends = _("{0} stops answering the API version of this account on {1}.")
	return f"{ends.format(title, formatdate(sunset))} {_next(row, known)}"


def _next(row: Mapping, known: Preset | None) -> str:
	if known and preset_releases.is_newer(known.release, row.preset_release or known.release):
		return _("A newer release of its preset is there: press Actions → Update from Preset.")
	return _(
		"Update the app that has its preset; then press Actions → Update from Preset. Where there is no update, ask those "
		"who make that app for one."
	)
