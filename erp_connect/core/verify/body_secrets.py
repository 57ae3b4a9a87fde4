"""Secrets that a proved webhook carries in its body: a token that proves it, an address that anybody may write to.

Promises: what stands at the places that the scheme names is `MASK` in the copy that is kept, wherever in the body it
stands once more, also in JSON that is a text of the body. Everything else stays as it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from erp_connect.core.errors import ExpressionError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.redaction import MASK
from erp_connect.core.verify.places import BODY, Place
from erp_connect.core.verify.types import Scheme

# A shorter one is hidden only where it is a whole value: as a part of a text it may be an ordinary word.
WITHIN_TEXTS = 16
# A smaller number is hidden by no place: others of the body would be equal to it by chance.
LEAST_NUMBER = 1_000_000


def without_secrets(scheme: Scheme, data: Any) -> Any:
	"""A copy of an event's body to keep and to show. Never raises for what the body holds."""
	secrets = {value for place in _places(scheme) for value in _values(_found(place, data))}
	return _masked(data, secrets) if secrets else data


def names_secrets(scheme: Scheme) -> bool:
	"""Whether the scheme says that there is anything to hide in bodies."""
	return next(_places(scheme), None) is not None


def reply_address(scheme: Scheme, data: Any) -> str:
	"""Where the body asks to be told what becomes of it; "" where it does not, or the scheme answers nothing."""
	found = _found(scheme.reply.address, data) if scheme.reply else None
	return found if isinstance(found, str) else ""


def _places(scheme: Scheme) -> Iterator[Place]:
	yield from scheme.secrets
	if scheme.token and scheme.token.kind == BODY:
		yield scheme.token
	if scheme.reply:
		yield scheme.reply.address


def _found(place: Place, data: Any) -> Any:
	try:
		return compile_expression(place.name).search(data)
	except ExpressionError:
		return None


def _values(found: Any) -> Iterator[str | int]:
	if isinstance(found, dict | list):
		for one in found.values() if isinstance(found, dict) else found:
			yield from _values(one)
	elif (isinstance(found, str) and found) or (type(found) is int and found >= LEAST_NUMBER):
		yield found


def _masked(value: Any, secrets: set[str | int]) -> Any:
	if isinstance(value, dict):
		return {name: _masked(item, secrets) for name, item in value.items()}
	if isinstance(value, list):
		return [_masked(item, secrets) for item in value]
	if isinstance(value, str | int) and value in secrets:
		return MASK
	if not isinstance(value, str):
		return value
	return _masked_json(value, secrets) or _masked_text(value, secrets)


def _masked_json(text: str, secrets: set[str | int]) -> str:
	"""The text where it is a JSON object or list, as forms carry them; "" where it is none."""
	if not text.lstrip().startswith(("{", "[")):
		return ""
	try:
		data = json.loads(text)
	except (ValueError, RecursionError):
		return ""
	masked = _masked(data, secrets)
	return text if masked == data else json.dumps(masked, ensure_ascii=False, separators=(",", ":"))


def _masked_text(text: str, secrets: set[str | int]) -> str:
	for secret in sorted({str(one) for one in secrets}, key=len, reverse=True):
		if len(secret) >= WITHIN_TEXTS:
			text = text.replace(secret, MASK)
	return text
