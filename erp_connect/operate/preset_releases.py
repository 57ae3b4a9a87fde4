"""Newer releases of the presets that an account's flows were made from: what they change, and taking it over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.config import flow_content, preset_files, presets
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets import release_changes
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.preset import Preset
from erp_connect.core.presets.release_changes import Change, Content
from erp_connect.store import preset_origins
from erp_connect.store.preset_origins import Origin

VALUE_MAP = "Value Map"


@dataclass(frozen=True)
class Update:
	"""A flow for which a newer release is there. base, mine, new: its states; see `core.presets.release_changes`."""

	doc: Any
	preset: Preset
	flow: PresetFlow
	origin: Origin
	newer: Origin
	base: Content
	mine: Content
	new: Content

	@property
	def changes(self) -> tuple[Change, ...]:
		return release_changes.changes(self.base, self.mine, self.new)


@dataclass(frozen=True)
class Updates:
	"""What there is for an account. gone: flows that their preset does not have any more. untaken: flows of the
	account's preset that it does not have."""

	updates: tuple[Update, ...]
	gone: tuple[str, ...]
	untaken: tuple[str, ...]


def of_account(account: str) -> Updates:
	"""What newer releases bring for the flows of an account."""
	known = preset_files.load_all()
	updates, gone, taken = [], [], set()
	for name in frappe.get_all(
		"Field Mapping", {"integration": account, "preset": ("is", "set")}, pluck="name", order_by="name"
	):
		doc = frappe.get_doc("Field Mapping", name)
		taken.add((doc.preset, doc.preset_flow))
		preset = known.get(doc.preset)
		if preset and not _find(preset, doc.preset_flow):
			gone.append(name)
		elif found := update_of(doc, preset):
			updates.append(found)
	own = preset_files.of_account(frappe.get_doc("Integration Settings", account))
	flows = own.flows if own and taken else ()
	untaken = tuple(flow.name for flow in flows if (own.name, flow.name) not in taken)
	return Updates(tuple(updates), tuple(gone), untaken)


def titles_of_newer(account: str) -> list[str]:
	"""The titles of the presets that have a newer release than some flow of an account was made from."""
	known = preset_files.load_all()
	taken = frappe.get_all(
		"Field Mapping",
		{"integration": account, "preset": ("is", "set")},
		["preset", "preset_release"],
		distinct=True,
	)
	return sorted(
		{
			known[row.preset].title
			for row in taken
			if row.preset in known and is_newer(known[row.preset].release, row.preset_release)
		}
	)


def update_of(doc, preset: Preset | None) -> Update | None:
	"""What a newer release of its preset brings for a Field Mapping. None where there is none."""
	origin = preset_origins.of_flow(doc)
	flow = _find(preset, origin.flow) if preset and origin else None
	if flow is None or not is_newer(preset.release, origin.release):
		return None
	newer = presets.origin_of(doc.integration, preset, flow, origin.value_maps)
	# One that was deleted or renamed here is left to whoever did so.
	gone = {name for name in _map_names(origin) if not frappe.db.exists(VALUE_MAP, name)}
	maps = {name: _entries_of(name) for name in {*_map_names(origin), *_map_names(newer)} - gone}
	mine = flow_content.content_of(doc.as_dict(), maps)
	return Update(doc, preset, flow, origin, newer, _content(origin, gone), mine, _content(newer, gone))


def take_over(doc, release: str, chosen: Collection[str]) -> None:
	"""Bring a Field Mapping to the newer release of its preset, as the session's user.

	chosen: ids of the conflicts in which the preset's value is taken instead of the one here. Raises ConfigurationError
	where `release` is not the one that is there (any more), Frappe's errors where the flow cannot be saved so.
	"""
	update = update_of(doc, preset_files.load_all().get(doc.preset or ""))
	if update is None or update.preset.release != release:
		raise ConfigurationError(
			"Release {release} of the preset is not there any more, or was taken over already. Open Update from Preset "
			"again.",
			code="no_update",
			release=release,
		)
	accepted = release_changes.accepted(update.changes, chosen)
	content = release_changes.taken_over(update.mine, update.new, accepted)
	for name in _map_names(update.newer):
		if any(change.field == name for change in accepted):
			_write_map(name, content.tables[name].rows)
	flow_content.write(doc, content)
	doc.save()
	preset_origins.remember_flow(doc.name, update.newer)
	_note_account(doc.integration, update.preset)


def is_newer(release: str, than: str) -> bool:
	"""Whether a release, such as 1.10, comes after another one."""
	return _numbers(release) > _numbers(than)


def _numbers(release: str) -> tuple[int, ...]:
	parts = [int(part) for part in (release or "0").split(".")]
	return tuple([*parts, 0, 0][:3])


def migrations(preset: Preset, since: str) -> list[tuple[str, str]]:
	"""What the releases after one changed, oldest first: each text with its release."""
	notes = sorted(preset.migrations, key=lambda note: _numbers(note.release))
	return [(note.release, text) for note in notes if is_newer(note.release, since) for text in note.changes]


def lacking_roles(account: str, flow: PresetFlow) -> list[str]:
	"""The roles that a flow needs and the account's user does not have."""
	user = frappe.db.get_value("Integration Settings", account, "user")
	return [role for role in flow.roles if role not in frappe.get_roles(user)]


def _note_account(account: str, preset: Preset) -> None:
	settings = frappe.get_doc("Integration Settings", account)
	if settings.system != preset.name:
		return
	if not any(update.preset.name == preset.name for update in of_account(account).updates):
		preset_origins.remember_account(account, preset.release, preset.sunset)
		frappe.clear_document_cache("Integration Settings", account)


def _find(preset: Preset, flow: str) -> PresetFlow | None:
	return next((known for known in preset.flows if known.name == flow), None)


def _content(origin: Origin, gone: Collection[str]) -> Content:
	maps = {one["name"]: one["entries"] for one in origin.value_maps.values() if one["name"] not in gone}
	return flow_content.content_of(origin.mapping, maps)


def _map_names(origin: Origin) -> Iterable[str]:
	return [one["name"] for one in origin.value_maps.values()]


def _entries_of(name: str) -> list[Mapping[str, Any]]:
	return frappe.get_all("Value Map Entry", {"parent": name}, ["erp_value", "remote_value"], order_by="idx")


def _write_map(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
	if frappe.db.exists(VALUE_MAP, name):
		doc = frappe.get_doc(VALUE_MAP, name)
	else:
		doc = frappe.new_doc(VALUE_MAP, map_name=name)
	doc.set("entries", [dict(row) for row in rows])
	doc.save()
