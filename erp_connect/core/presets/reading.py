"""Reads the text of a preset's file, and says of one that cannot be used where it is wrong.

A file of version 1 is read as well: its `base_url_hint` becomes the input that asks for the address.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.presets.fragments import expanded
from erp_connect.core.presets.preset import FORMAT, VERSION, Preset

# What is told at most of one file.
MOST_MISTAKES = 5


def read_preset(text: str, place: str) -> Preset:
	"""The preset in `text`, its fragments put in; `place` names the file in messages.

	What it extends is not looked at (see `extending`). Raises ConfigurationError, code `bad_preset`, which tells the
	place of each mistake, such as `flows.2.mapping`.
	"""
	data = _parsed(text, place)
	try:
		return expanded(Preset.model_validate(data))
	except ValidationError as error:
		raise _refused(place, told(error)) from None
	except ConfigurationError as error:
		raise _refused(place, str(error)) from None


def _parsed(text: str, place: str) -> dict[str, Any]:
	try:
		data = json.loads(text)
	except (ValueError, RecursionError) as error:
		raise _refused(place, f"it is not JSON: {error}") from None
	if not isinstance(data, dict) or data.get("format") != FORMAT:
		raise _refused(place, f'it does not begin with "format": "{FORMAT}"')
	return _of_version_one(data) if data.get("version") == 1 else data


def _of_version_one(data: dict[str, Any]) -> dict[str, Any]:
	new = {**data, "version": VERSION}
	if hint := new.pop("base_url_hint", ""):
		new["inputs"] = [address_input(str(hint))]
	return new


def address_input(example: str) -> dict[str, Any]:
	"""The input that asks for the address itself, where no part of it is known."""
	return {"key": "address", "title": "Base URL", "example": example, "fills": "base_url"}


def told(error: ValidationError) -> str:
	"""The mistakes of a preset, each with its place."""
	found = [
		f"{'.'.join(map(str, mistake['loc'])) or 'the whole'}: {mistake['msg'].removeprefix('Value error, ')}"
		for mistake in error.errors(include_url=False, include_input=False, include_context=False)
	]
	more = len(found) - MOST_MISTAKES
	return "; ".join(found[:MOST_MISTAKES]) + (f"; and {more} more" if more > 0 else "")


def _refused(place: str, reason: str) -> ConfigurationError:
	return ConfigurationError(
		"{place} is not a preset of version {version}: {reason}. Correct the file, or remove it.",
		code="bad_preset",
		place=place,
		version=VERSION,
		reason=Whole(reason),
	)
