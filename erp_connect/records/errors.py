"""What cannot be written without a person, or at all."""

from __future__ import annotations

from typing import Any

from erp_connect.core.errors import ConnectError


class HeldForReview(ConnectError):
	"""A person has to decide; nothing was written.

	waits_for: (type, name) of the document that lacks something which may be on its way: the event is tried by itself for a
	while before a person is asked. held_for: what the event is held for, as a word, where callers need not tell it from others.
	"""

	default_code = "held"

	def __init__(
		self,
		template: str,
		*,
		code: str | None = None,
		waits_for: tuple[str, str] | None = None,
		held_for: str = "",
		**params: Any,
	) -> None:
		super().__init__(template, code=code, **params)
		self.waits_for = waits_for
		self.held_for = held_for or self.code


class BadRecord(ConnectError):
	"""The record cannot be used as it is."""

	default_code = "bad_record"


class NotYet(ConnectError):
	"""The record waits until its creation has come. external_id: by which that is recognised."""

	default_code = "parked"

	def __init__(self, external_id: str | None) -> None:
		super().__init__(
			"This record is not in ERPNext yet. {trying} If its creation never comes, create its document and link it (in its menu: "
			"Link with a Record Outside…), then {again}."
		)
		self.external_id = external_id


class OnItsWay(ConnectError):
	"""The record may be one that is just being created outside by us. seconds: until that is known."""

	default_code = "busy"
	seconds = 5.0

	def __init__(self) -> None:
		super().__init__("Documents of this flow are being created outside. {trying}")
