"""Where in a request something stands: a header, a query parameter or a field of the body.

	{"header": "X-Topic"}, {"headers": ["X-Channel", "X-Number"]}, {"query": "token"}, {"body": "data.id"}

Promises: reading a place never raises for what a request holds, except InputError for a body beyond the limits.
Never decides whether what stands there may be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ExpressionError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.verify.request import InboundRequest
from erp_connect.core.verify.settings import Settings, expression, header_name, wrong

HEADER = "header"
HEADERS = "headers"
QUERY = "query"
BODY = "body"
PLACES = (HEADER, HEADERS, QUERY, BODY)


@dataclass(frozen=True)
class Place:
	"""kind: one of `PLACES`. names: of the header, headers or parameter; for `body` one JMESPath expression."""

	kind: str
	names: tuple[str, ...]

	@property
	def name(self) -> str:
		return self.names[0]

	def texts(self, request: InboundRequest) -> list[str]:
		"""Every text that stands here: none, one, or several for a repeated header or parameter."""
		if self.kind == HEADER:
			return request.header_values(self.name)
		if self.kind == HEADERS:
			found = [request.header_values(name) for name in self.names]
			return [":".join(values[0] for values in found)] if all(found) else []
		if self.kind == QUERY:
			return request.query_values(self.name)
		value = self.value(request)
		if isinstance(value, bool) or not isinstance(value, str | int):
			return []
		return [str(value)]

	def value(self, request: InboundRequest) -> Any:
		"""What an expression finds in the body; None where it finds nothing or does not fit."""
		try:
			return compile_expression(self.name).search(request.data)
		except ExpressionError:
			return None


def take_place(settings: Settings, allowed: tuple[str, ...] = PLACES) -> Place:
	"""Take the one place that `settings` names. Raises ConfigurationError for none, several or a wrong one."""
	named = [kind for kind in PLACES if kind in settings]
	if len(named) != 1 or named[0] not in allowed:
		raise wrong(settings.place, "must name exactly one of {places}", places=Whole(", ".join(allowed)))
	return _read(settings, named[0])


def take_places(settings: Settings, name: str) -> tuple[Place, ...]:
	"""The places under an entry, which is one or a list of them, best first; empty when it is missing."""
	places = []
	for given, where in settings.several(name):
		inner = Settings(given, where)
		places.append(take_place(inner))
		inner.done()
	return tuple(places)


def _read(settings: Settings, kind: str) -> Place:
	where = settings.where(kind)
	if kind == HEADERS:
		return Place(kind, tuple(header_name(name, where) for name in settings.texts(kind) or ("",)))
	value = settings.take(kind)
	if kind == HEADER:
		return Place(kind, (header_name(value, where),))
	if kind == BODY:
		return Place(kind, (expression(value, where),))
	if not isinstance(value, str) or not value:
		raise wrong(where, "must be the name of a query parameter")
	return Place(kind, (value,))
