"""What a request must have for a rule to apply to it.

	{"method": "GET"}, {"content_type": "application/json"}, {"body": "type", "equals": "url_verification"}, {"header": "X-Id"}

Promises: looks at the request only, and decides nothing about whether it may be trusted. Never raises for what a
request holds, except InputError for a body that cannot be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from erp_connect.core.verify.places import BODY, HEADER, QUERY, Place, take_place
from erp_connect.core.verify.request import InboundRequest
from erp_connect.core.verify.settings import Settings, wrong

_METHODS = ("GET", "HEAD", "POST", "PUT")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")


@dataclass(frozen=True)
class Condition:
	"""method: empty for any. content_type: without its parameters, empty for any. place: where something must stand;
	equals: that very text, or None for anything but nothing."""

	method: str = ""
	content_type: str = ""
	place: Place | None = None
	equals: str | None = None


def take_conditions(settings: Settings, name: str) -> tuple[Condition, ...]:
	"""The conditions under an entry, which is one or a list of them; empty when it is missing."""
	return tuple(_condition(Settings(given, where)) for given, where in settings.several(name))


def all_hold(conditions: tuple[Condition, ...], request: InboundRequest) -> bool:
	"""Whether `request` has everything that is asked of it. Raises InputError for a body that cannot be read."""
	return all(_holds(condition, request) for condition in conditions)


def _condition(settings: Settings) -> Condition:
	if "method" in settings:
		condition = Condition(method=settings.choice("method", _METHODS))
	elif "content_type" in settings:
		condition = Condition(content_type=_media_type(settings))
	else:
		place = take_place(settings, (HEADER, QUERY, BODY))
		equals = settings.text("equals") if "equals" in settings else None
		condition = Condition(place=place, equals=equals)
	settings.done()
	return condition


def _media_type(settings: Settings) -> str:
	name = settings.text("content_type").lower()
	if not _MEDIA_TYPE.fullmatch(name):
		raise wrong(
			settings.where("content_type"), "must be a type without parameters, such as application/json"
		)
	return name


def _holds(condition: Condition, request: InboundRequest) -> bool:
	if condition.method:
		return request.method == condition.method
	if condition.content_type:
		named = request.header_values("content-type")
		return [name.partition(";")[0].strip().lower() for name in named] == [condition.content_type]
	if condition.equals is not None:
		return condition.place.texts(request) == [condition.equals]
	if condition.place.kind == BODY:
		return bool(condition.place.value(request))
	return any(condition.place.texts(request))
