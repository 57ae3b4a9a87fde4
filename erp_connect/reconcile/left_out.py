"""Which records of a comparison the flow makes no document of, so that they are not missing here."""

from __future__ import annotations

from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.records import known_elsewhere


def is_not_meant(flow: InFlow, record: Any, whole: Any) -> bool:
	"""Whether the flow takes no notice of a record as long as it is linked with no document. whole: as it was fetched, or None."""
	if whole is None and flow.is_part(record):
		return False
	try:
		return not flow.takes_new(whole or record)
	except ConnectError:
		return False  # told when it is written


def is_known(flow: InFlow, record: Any, whole: Any) -> bool:
	"""Whether a record that no document of the flow is, is known here by one of another type."""
	try:
		return bool(known_elsewhere.reason(flow, whole or record))
	except ConnectError:
		return False  # told when it is written
