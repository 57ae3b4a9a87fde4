"""What accounts and flows remember of the preset that they were made from. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe


@dataclass(frozen=True)
class Origin:
	"""preset, flow, release: which flow of which preset. mapping: as the preset had it. value_maps: by the preset's name
	of each its `name` here and its `entries`, as the preset had them."""

	preset: str
	flow: str
	release: str
	mapping: Mapping[str, Any] = field(default_factory=dict)
	value_maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def of_flow(doc) -> Origin | None:
	"""What a Field Mapping was made from. None where that is no preset, or is not known."""
	if not (doc.preset and doc.preset_base):
		return None
	base = json.loads(doc.preset_base)
	return Origin(doc.preset, doc.preset_flow, doc.preset_release, base["mapping"], base["value_maps"])


def remember_flow(flow: str, origin: Origin) -> None:
	"""Keep what a flow was made from, in place of what was kept."""
	base = {"mapping": dict(origin.mapping), "value_maps": dict(origin.value_maps)}
	frappe.db.set_value(
		"Field Mapping",
		flow,
		{
			"preset": origin.preset,
			"preset_flow": origin.flow,
			"preset_release": origin.release,
			"preset_base": json.dumps(base, ensure_ascii=False, separators=(",", ":")),
		},
		update_modified=False,
	)


def remember_account(account: str, release: str, sunset: date | None) -> None:
	"""Keep the release of its system's preset that an account is as new as, and when what that was made for ends."""
	values = {"preset_release": release, "preset_sunset": sunset}
	frappe.db.set_value("Integration Settings", account, values, update_modified=False)


def remember_sunset(account: str, sunset: date | None) -> None:
	"""Keep when what an account's release was made for ends, as its preset says now."""
	frappe.db.set_value("Integration Settings", account, "preset_sunset", sunset, update_modified=False)
