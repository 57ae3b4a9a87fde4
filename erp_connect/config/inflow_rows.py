"""Rows of the table Fields read backwards: what each brings, by what a record is known again, and what is sent of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from erp_connect.config.flow import mapping_row, outgoing_rows
from erp_connect.core.errors import MappingError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.tree import paths
from erp_connect.core.mapping.matching import EXACT, MatchKey, MatchSet, in_sets
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.values.paths import parse_path

# Of match keys for which no set is said.
FIRST_SET = 1
MULTI_SELECT = "Multi-select"
# Say another thing for each value, and look it up.
NAMING = frozenset({"External ID", "Linked Type", "Lookup"})
# Written by nobody from outside, whatever a flow says.
PROTECTED = frozenset(
	{"name", "owner", "creation", "modified", "modified_by", "docstatus", "doctype", "idx", "parent", "parenttype",
	"parentfield", "amended_from", "workflow_state", "flags", "_user_tags", "_comments", "_assign", "_liked_by"}
)  # fmt: skip


def columns_of(source: str) -> list[str]:
	"""The names on the way to a field: of a column of a table, the table and the column."""
	return [part for part in parse_path(source) if isinstance(part, str)]


def is_name_key(row) -> bool:
	"""Whether a row of Fields says by which name a document is recognised; it is never written."""
	return bool(row.is_match_key) and row.source.strip() == "name"


def row_keys(rows: list) -> dict[str, tuple[str, ...]]:
	"""The columns by which rows are known, by table."""
	keys: dict[str, tuple[str, ...]] = {}
	for row in rows:
		names = columns_of(row.source) if row.row_key else []
		if len(names) == 2:
			table, column = names
			keys[table] = (*keys.get(table, ()), column)
	return keys


def match_sets(rows: list) -> tuple[MatchSet, ...]:
	"""The match keys among the rows of a flow, in their sets."""
	return in_sets(
		(
			row.match_set or FIRST_SET,
			MatchKey(
				row.source.strip(),
				row.match_ignoring or EXACT,
				bool(row.match_empty),
				fixed=bool(row.constant),
			),
		)
		for row in rows
		if row.is_match_key
	)


def is_set(row: Row) -> bool:
	"""Whether a row fills a table with values of which the order means nothing."""
	return row.transform == MULTI_SELECT and len(parse_path(row.target)) > 1


def _chooses(source: str) -> bool:
	node = compile_expression(source).node
	return node["type"] == "function_expression" and node["value"] == "if"


def unsent(doc, pure: list[Row]) -> frozenset[str]:
	"""Fields that come in, and are not among what an update says.

	One that a choice depends on is not said by it, `if(unsubscribed, 'none', 'all')` for a new record, say, unless it is what
	comes back: `if(disabled, 'off', 'on')` goes to the place that `state == 'off'` reads.
	"""
	rows = [row for row in outgoing_rows(doc) if not row.on_create_only]
	said = _not_said(doc, pure, [row for row in rows if not _chooses(row.source)])
	chosen = [row for row in rows if row.constant is None and _chooses(row.source)]
	return said - {name for row in chosen for name in _read_back(row, pure)}


def _read_back(choice: Row, pure: list[Row]) -> Iterator[str]:
	"""Fields on which a choice depends and that are read from the place to which it goes."""
	place, fields = tuple(parse_path(choice.target)), compile_expression(choice.source).root_fields
	for row in pure:
		name = str(parse_path(row.target)[0])
		if name in fields and row.source and place in paths(compile_expression(row.source).node):
			yield name


def never_sent(doc, pure: list[Row]) -> frozenset[str]:
	"""Fields that come in and of which nothing goes out, not even where a record is made."""
	return _not_said(doc, pure, outgoing_rows(doc))


def _not_said(doc, pure: list[Row], outgoing: Iterable[Row]) -> frozenset[str]:
	"""Fields that come in by `pure`, and that none of the outgoing rows reads; none where nothing goes out."""
	if doc.direction != "Both":
		return frozenset()
	said = [row for row in outgoing if row.constant is None]
	sent = compile_mapping(said).source_fields() if said else set()
	return frozenset() if "*" in sent else frozenset(str(parse_path(row.target)[0]) for row in pure) - sent


def losing(doc, rows: list, pure: list[Row]) -> dict[str, list[Row]]:
	"""By field, those of `pure` by which something else may come back than the field holds.

	A row of both ways may cut or round it, say. One that only comes in reads what another one sent, where that is sent
	to its place (`last_name || first_name`), or makes its value of what the record has: an account that was not told of an
	opt-out says `if(opted_out, `1`, `0`)` is 0.
	rows: of the flow, of which `pure` are read backwards. Tables whose rows have no order are not among them.
	"""
	if doc.direction != "Both":
		return {}
	filled = {(row.target or "").strip() for row in doc.rows if row.direction == "Outgoing"} - {""}
	found: dict[str, list[Row]] = {}
	for row, one in zip(rows, pure, strict=True):
		changes = _changes(one) if (row.direction or "Both") == "Both" else _is_made(one, filled)
		if changes and one.constant is None and one.transform not in NAMING and not is_set(one):
			found.setdefault(field_of(row), []).append(one)
	return found


def _changes(one: Row) -> bool:
	return bool(one.transform) or one.default is not None


def _is_made(one: Row, filled: set[str]) -> bool:
	"""Whether a row that only comes in reads what another one fills, or makes a value of what it reads."""
	return one.source in filled or (bool(one.source) and not compile_expression(one.source).plain_path)


def field_of(row) -> str:
	"""The field of the document that a row fills; of a table, the table."""
	return str(parse_path(row.source)[0])


def inward(row, protected: frozenset[str], own: Mapping[str, str]) -> Row:
	"""A row read backwards: from the outside field into the ERPNext field, which must be a plain path.

	protected: fields of a document; those of a business event are its own, such as `customer.name`.
	"""
	outward = mapping_row(row, own)
	path = parse_path(outward.source)
	if str(path[0]) in protected or str(path[-1]) in protected:
		raise MappingError(
			"{target} is never written from outside. Set the direction of the row to Outgoing.",
			row=row.idx,
			field="source",
			code="protected_field",
			target=outward.source,
		)
	return Row(
		source=outward.target,
		target=outward.source,
		transform=outward.transform,
		argument=outward.argument,
		value_map=outward.value_map,
		default=outward.default,
		constant=outward.constant,
		required=outward.required,
		on_create_only=outward.on_create_only,
	)
