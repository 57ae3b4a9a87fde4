"""searchCriteria of the REST API of Magento: what is asked for, found and refused.

https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_FILTER = re.compile(
	r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|condition_type)\]"
)
_SORT = re.compile(r"searchCriteria\[sortOrders\]\[(\d+)\]\[(field|direction)\]")
_PAGE = re.compile(r"searchCriteria\[(pageSize|currentPage)\]")
TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
DEFAULT_SIZE = 20


class Refused(Exception):
	"""An answer that is an error, in the shape that Magento gives it: a message with places, and their parameters."""

	def __init__(self, status: int, message: str, parameters: Any = None) -> None:
		super().__init__(message)
		self.status = status
		self.body = {"message": message} | ({} if parameters is None else {"parameters": parameters})


def found(records: list[dict[str, Any]], query: dict[str, str], fields: frozenset[str]) -> dict[str, Any]:
	"""The answer to a search. fields: columns of the table, which can be filtered and sorted by. Raises `Refused`."""
	if not any(name.split("[")[0] == "searchCriteria" for name in query):
		raise Refused(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
	groups, sorts, size, page = _read(query)
	for filters in groups.values():
		tests = [_test(one, fields) for one in filters.values()]
		records = [record for record in records if any(test(record) for test in tests)]
	for _, sort in sorted(sorts.items(), reverse=True):
		_known(sort["field"], fields)
		records = sorted(
			records,
			key=lambda one: one.get(sort["field"]),
			reverse=sort.get("direction", "ASC").upper() != "ASC",
		)
	total = len(records)
	# Past the end, the last page comes again.
	page = min(page, max(-(-total // size), 1))
	criteria = {"filter_groups": list(groups.values()), "page_size": size, "current_page": page}
	return {
		"items": records[(page - 1) * size : page * size],
		"search_criteria": criteria,
		"total_count": total,
	}


def _read(query: dict[str, str]) -> tuple[dict[int, dict], dict[int, dict], int, int]:
	groups: dict[int, dict[int, dict[str, str]]] = {}
	sorts: dict[int, dict[str, str]] = {}
	pages = {"pageSize": str(DEFAULT_SIZE), "currentPage": "1"}
	for name, value in query.items():
		if match := _FILTER.fullmatch(name):
			groups.setdefault(int(match[1]), {}).setdefault(int(match[2]), {})[match[3]] = value
		elif match := _SORT.fullmatch(name):
			sorts.setdefault(int(match[1]), {})[match[2]] = value
		elif match := _PAGE.fullmatch(name):
			pages[match[1]] = value
		elif name != "searchCriteria":
			raise Refused(400, f'Property "{name}" does not have accessor method "get{name}".')
	for name, value in pages.items():
		if not value.isdigit() or not int(value):
			raise Refused(
				400, f'The "{value}" value\'s type is invalid. The "int" type was expected.', [name]
			)
	return groups, sorts, int(pages["pageSize"]), int(pages["currentPage"])


def _known(field: str, fields: frozenset[str]) -> None:
	if field not in fields:
		raise Refused(400, f"Column not found: 1054 Unknown column '{field}' in 'where clause'")


def _test(asked: dict[str, str], fields: frozenset[str]) -> Callable[[dict[str, Any]], bool]:
	field, value, kind = asked.get("field", ""), asked.get("value"), asked.get("condition_type", "eq")
	_known(field, fields)
	if value is None:
		raise Refused(400, f"{field} has no value")
	if field.endswith("_at") and not TIME.fullmatch(value):
		# MySQL would compare such a text with times as it likes: what this shop promises is refused.
		raise Refused(400, f"Invalid datetime format: {value}")
	if kind == "in":
		return lambda record: str(record.get(field)) in value.split(",")
	if kind == "eq":
		return lambda record: str(_number(record.get(field))) == value
	if kind == "lteq":
		return lambda record: record.get(field, "") <= value
	if kind in ("gt", "gteq"):
		return lambda record: record.get(field, "") > value or (kind == "gteq" and record.get(field) == value)
	raise Refused(400, f'Condition type "{kind}" is unknown')


def _number(value: Any) -> Any:
	return int(value) if isinstance(value, bool) else value
