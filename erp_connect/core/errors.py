"""What can go wrong in the engine, as exceptions a person can act on.

	ConnectError
	├── ConfigurationError      a setting is missing or contradicts another
	├── ExpressionError         an expression cannot be read, or failed on this document
	├── MappingError            a mapping row cannot be used, or failed on this document
	├── PayloadError            a payload cannot be written as bytes, or is too large
	└── TransportError …        erp_connect.transport.errors: the exchange itself failed

Every error carries an English `template` and its `params`, so that the Frappe side can translate the
template and fill it afterwards. Messages say what to do next. They never carry a secret, nor a value
longer than `VALUE_LIMIT` characters; what is words itself (`Whole`) and their own words are never cut, so that
no remedy gets lost. `{again}` in a template says how what failed is tried again, and `{done}` how it is put aside
once a person has done it by hand: by the buttons of an event, unless the side that shows the message knows better.
`{trying}` is a sentence about what happens by itself, which only the side that shows the message knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VALUE_LIMIT = 140
WHOLE_LIMIT = 2_000
# Of a message in all: more than any template with some words in it has.
MESSAGE_LIMIT = 10_000
HEADLINE_LIMIT = 100
AGAIN = "press Retry"
DONE = "press Skip"
# What happens by itself: while an event waits, at the end of its tries, where nobody tries again, and where it is left out.
TRYING = "It is tried again by itself."
TRIED = "It was tried several times, and is not any more."
NOBODY_TRIES = "Nothing here tries it again."
LEFT_OUT = "The flow leaves it out."


def let_go(error: BaseException | None) -> None:
	"""Forget where an error that is seen to was raised, and those it came of: call it for one that was kept or raised again.

	Such an error and the frames it came through hold each other, with all that those had in hand, such as a batch of records,
	until Python looks for circles. It does so seldom in a job that makes few objects that last.
	"""
	known: set[int] = set()
	left = [error]
	while left:
		if (one := left.pop()) is not None and id(one) not in known:
			known.add(id(one))
			one.__traceback__ = None
			left += [one.__cause__, one.__context__]


class Whole(str):
	"""Words that a message shows whole, up to `WHOLE_LIMIT` characters: another message, the reason for it, or what there
	is to choose from. Not for a value from outside, which can be anything."""

	__slots__ = ()


class Told(Whole):
	"""What another error says, within a message: it is translated with that message. Keeps nothing of the error but its
	words, since what it was raised in would stay in memory with it (`let_go`)."""

	__slots__ = ("params", "template")

	def __new__(cls, template: str, params: Mapping[str, Any] | None = None) -> Told:
		made = super().__new__(cls, fill(template, params or {}))
		made.template, made.params = template, dict(params or {})
		return made

	@classmethod
	def by(cls, error: ConnectError) -> Told:
		"""The message of an error."""
		return cls(error.template, error.params)

	def __getnewargs__(self):
		return (self.template, self.params)


class ConnectError(Exception):
	"""Root of all errors raised by this app.

	template: English text with `{named}` places. code: short machine word callers may branch on.
	Everything else given by keyword becomes `params`.
	"""

	default_code: str = "error"

	def __init__(self, template: str, *, code: str | None = None, **params: Any) -> None:
		super().__init__(template)
		self.template = template
		self.code = code or self.default_code
		self.params: dict[str, Any] = params

	def __str__(self) -> str:
		return fill(self.template, self.params)

	def __reduce__(self):
		# Keyword arguments are lost by Exception's own pickling, and RQ pickles failures.
		return (_rebuild, (type(self), self.template, self.__dict__.copy()))


class ConfigurationError(ConnectError):
	"""A setting is missing, malformed or contradicts another; retrying cannot help."""

	default_code = "configuration"


class ExpressionError(ConnectError):
	"""An expression cannot be compiled, or does not fit the data it was given."""

	default_code = "expression"


class MappingError(ConnectError):
	"""A mapping row cannot be used, or failed on this document.

	row: number of the row, from 1, as Desk numbers a table; None when no row is to blame.
	field: the column of the row at fault (`source`, `target`, `transform`, `argument` …).
	elements: which element of the table was being filled, from 1, outermost first.
	str() puts these in front; `template` stays as it is, so that it can be translated.
	"""

	default_code = "mapping"

	def __init__(
		self,
		template: str,
		*,
		row: int | None = None,
		field: str = "",
		code: str | None = None,
		**params: Any,
	) -> None:
		super().__init__(template, code=code, **params)
		self.row = row
		self.field = field
		self.elements: tuple[int, ...] = ()

	def __str__(self) -> str:
		message = super().__str__()
		if self.row is None:
			return message
		element = f", element {'.'.join(map(str, self.elements))}" if self.elements else ""
		return f"Row {self.row}{element}: {message}"


class PayloadError(ConnectError):
	"""A payload cannot be turned into bytes for the wire, or is larger than allowed."""

	default_code = "payload"


def fill(template: str, params: Mapping[str, Any]) -> str:
	"""`template` with `{named}` places filled; an unknown place stays as it is written. Never raises."""
	try:
		return template.format_map(_Known({key: shown(value) for key, value in params.items()}))
	except (ValueError, IndexError, AttributeError, KeyError):
		return template


def shown(value: Any) -> Any:
	"""`value` as a message may show it: numbers as they are, values cut at `VALUE_LIMIT` characters, words whole."""
	if value is None or isinstance(value, bool | int | float):
		return value
	text = value if isinstance(value, str) else str(value)
	return capped(text, WHOLE_LIMIT if isinstance(value, Whole) else VALUE_LIMIT)


def capped(text: str, limit: int = MESSAGE_LIMIT) -> str:
	"""`text`, of which the end is left out where it has more than `limit` characters; by default a whole message."""
	return text if len(text) <= limit else text[: limit - 1] + "…"


def headline(text: str, limit: int = HEADLINE_LIMIT) -> str:
	"""The first sentence of a message, for where there is room for a few words; empty for an empty one."""
	first = " ".join(text.split("\n", 1)[0].split()).split(". ", 1)[0]
	return capped(first.rstrip("."), limit)


class _Known(dict):
	def __missing__(self, key: str) -> str:
		return {"again": AGAIN, "done": DONE, "trying": TRYING}.get(key, "{" + key + "}")


def _rebuild(kind: type[ConnectError], template: str, state: dict[str, Any]) -> ConnectError:
	error = kind.__new__(kind, template)
	Exception.__init__(error, template)
	error.__dict__.update(state)
	return error
