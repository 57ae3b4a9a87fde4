"""Values that are made for each request: its time, or something that never was before.

{nonce} {timestamp} {timestamp_ms} {timestamp_iso} {http_date}
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime

from erp_connect.core.guard.redaction import Secret
from erp_connect.transport.messages import PreparedRequest


@dataclass(frozen=True)
class Made:
	"""A text with places for what is made; other braces stay as they are."""

	template: str

	def at(self, request: PreparedRequest) -> str:
		"""The text for one request."""
		return _PLACE.sub(lambda match: _MAKERS[match[1]](request), self.template)


def text_of(value: Secret | Made, request: PreparedRequest) -> str:
	"""The text that travels."""
	return value.at(request) if isinstance(value, Made) else value.reveal()


def _moment(request: PreparedRequest) -> datetime:
	return datetime.fromtimestamp(int(request.now), timezone.utc)


_MAKERS: dict[str, Callable[[PreparedRequest], str]] = {
	"nonce": lambda request: str(uuid.uuid4()),
	"timestamp": lambda request: str(int(request.now)),
	"timestamp_ms": lambda request: str(int(request.now * 1000)),
	"timestamp_iso": lambda request: _moment(request).strftime("%Y-%m-%dT%H:%M:%SZ"),
	"http_date": lambda request: format_datetime(_moment(request), usegmt=True),
}
_PLACE = re.compile(r"\{(" + "|".join(_MAKERS) + r")\}")
