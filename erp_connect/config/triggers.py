"""Triggers of a flow: other documents whose changes are news about the flow's own."""

from __future__ import annotations

from erp_connect.core.errors import ConfigurationError


def parse_match(text: str) -> dict[str, str]:
	"""`item_code=item_code, warehouse=warehouse` → {field of the flow's document: field of the trigger}.

	Raises `ConfigurationError` when a part is not of the form `field=field`.
	"""
	match = {}
	for part in filter(None, (part.strip() for part in text.split(","))):
		own, sign, other = (piece.strip() for piece in part.partition("="))
		if not (own and sign and other):
			raise ConfigurationError(
				"{part} is not of the form field=field. Write for example item_code=item_code.",
				code="bad_match",
				part=part,
			)
		match[own] = other
	return match
