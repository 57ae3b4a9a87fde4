"""Rows that several flows of a preset use, written once.

	"fragments": {"address": [{"source": "address_line1", "target": "address_1"}, …]}
	"rows": [{"use": "address", "at": "billing", "to": "billing_address"}]

makes rows of `billing.address_1` and `billing_address.address_line1`: `at` goes before the outside field, `to` before
the ERPNext field. What else stands beside `use` is said of each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.presets.flow import PresetFlow
from erp_connect.core.presets.preset import Preset

TABLE = "rows"


def expanded(preset: Preset) -> Preset:
	"""The preset with all fragments put in. Raises ConfigurationError for one that it does not have.

	A preset that extends another is left alone, as its fragments may be the other's.
	"""
	if preset.extends:
		return preset
	flows = tuple(_flow(flow, preset.fragments) for flow in preset.flows)
	return preset.model_copy(update={"flows": flows})


def _flow(flow: PresetFlow, fragments: Mapping[str, Any]) -> PresetFlow:
	rows = flow.mapping.get(TABLE)
	if not isinstance(rows, list) or not any("use" in row for row in rows if isinstance(row, dict)):
		return flow
	filled = [new for row in rows for new in _rows(row, fragments, flow.name)]
	return flow.model_copy(update={"mapping": {**flow.mapping, TABLE: filled}})


def _rows(row: dict[str, Any], fragments: Mapping[str, Any], flow: str) -> Iterator[dict[str, Any]]:
	if "use" not in row:
		yield row
		return
	more = {key: value for key, value in row.items() if key not in ("use", "at", "to")}
	if row["use"] not in fragments:
		raise ConfigurationError(
			"flow {flow} uses the fragment {name}, which is not there", flow=flow, name=row["use"]
		)
	for part in fragments[row["use"]]:
		yield {
			**part,
			**more,
			"source": _below(row.get("to", ""), part.get("source", "")),
			"target": _below(row.get("at", ""), part.get("target", "")),
		}


def _below(place: str, path: str) -> str:
	return f"{place}.{path}" if place and path else path
