"""What a flow fetches from outside, and when, as the engine needs it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import frappe
from croniter import croniter

from erp_connect.config import inputs
from erp_connect.config.flow import outer_stamp
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.paging.parents import FIELDS, Documents, Parents, has_parents, parents_from
from erp_connect.core.paging.request import PullRequest, request_from
from erp_connect.core.paging.tokens import Tokens, tokens_from
from erp_connect.core.paging.windows import Windows, windows_from
from erp_connect.core.parse.rows import RowFormat, format_from
from erp_connect.core.payload.serialise import fingerprint
from erp_connect.core.values import cursor as times
from erp_connect.core.values.durations import parse_duration
from erp_connect.core.values.inputs import KEY, filled

# A time further ahead is a mistake, in whatever zone it is meant: from there on, nothing would be a change any more.
AHEAD = dt.timedelta(days=1)
CRON = "Cron"
CRON_OF_SCHEDULE = {
	"Every Minute": "* * * * *",
	"Every 5 Minutes": "*/5 * * * *",
	"Every 15 Minutes": "*/15 * * * *",
	"Hourly": "0 * * * *",
	"Every 6 Hours": "0 */6 * * *",
	"Daily": "0 0 * * *",
}

# What a place among the pages of a source depends on.
ASKED_BY = (
	"integration", "pull_method", "pull_path", "pull_body", "pull_graphql", "pull_records", "paging", "page_size",
	"page_size_parameter", "page_parameter", "page_place", "page_start", "page_next", "changed_expression",
	"inbound_id_expression",
)  # fmt: skip
# What a token of the source belongs to: for another request it is another one, or none.
TOKEN_OF = (
	"pull_method", "pull_path", "pull_body", "pull_graphql", "token_next", "token_path", "changes_path",
)  # fmt: skip
# What decides which records a source gives.
RECORDS_ASKED_BY = ("pull_method", "pull_path", "pull_body", "pull_graphql")
_INPUT = re.compile(rf"\binput\.({KEY})")
PARENTS_ASKED_BY = (
	*(name for name in FIELDS.values() if name != "parent_parameters"),
	"parent_records",
	"parent_paged",
	"parent_doctype",
	"parent_filters",
)


@dataclass(frozen=True)
class Pulling:
	"""overlap: seconds. cron, reconcile_cron: empty when only on demand.

	stamp: equal as long as the flow asks for the same pages. rows: of an answer that is CSV or JSON lines.
	parents: of which the records are children. windows: in which everything can be loaded, and is compared
	if `compares_in_windows`; changes, too, are asked for in them if `pulls_in_windows`. tokens: by which the source tells
	changes.
	"""

	flow: str
	account: str
	enabled: bool
	request: PullRequest
	records: Expression | None
	changed: Expression | None
	since: str
	overlap: int
	cron: str
	reconcile_cron: str
	stamp: str = ""
	rows: RowFormat | None = None
	parents: Parents | Documents | None = None
	windows: Windows | None = None
	tokens: Tokens | None = None
	compares_in_windows: bool = False
	pulls_in_windows: bool = False

	@property
	def tells_changes(self) -> bool:
		"""Whether changes can be asked for: by a time in the record, or in its parent."""
		return bool(self.changed or (isinstance(self.parents, Parents) and self.parents.changed))


def load(name: str) -> Pulling:
	"""The pull of flow `name`. Raises a `ConnectError` when it has none or it cannot be used."""
	stamp = frappe.db.get_value("Field Mapping", name, ["modified", "integration"])
	if not stamp:
		raise frappe.DoesNotExistError(name)
	return _load(frappe.local.site, name, str(stamp[0]), outer_stamp(stamp[1]))


@lru_cache(maxsize=256)
def _load(site: str, name: str, modified: str, outer: str) -> Pulling:
	return from_document(frappe.get_doc("Field Mapping", name))


def from_document(doc) -> Pulling:
	"""What a Field Mapping says about pulling. Raises `ConnectError`."""
	if not (doc.pull_path or "").strip() or doc.direction == "Outgoing":
		raise ConfigurationError(
			"Flow {flow} pulls nothing. Enter a path on its tab Pull.", code="no_pull", flow=doc.name
		)
	return Pulling(
		flow=doc.name,
		account=doc.integration,
		enabled=bool(doc.enabled),
		request=request_from(doc.as_dict()),
		records=_expression(doc.pull_records),
		changed=_expression(doc.changed_expression),
		since=(doc.pull_since or "").strip(),
		overlap=_seconds(doc.pull_overlap),
		cron=cron_of(doc.pull_schedule, doc.pull_cron),
		reconcile_cron=cron_of(doc.reconcile_schedule, doc.reconcile_cron),
		stamp=stamp_of(doc),
		rows=format_from(doc.as_dict()),
		parents=parents_from(doc.as_dict()),
		windows=windows_from({**doc.as_dict(), "window_since": oldest_of(doc)}),
		compares_in_windows=bool(doc.window_compare),
		pulls_in_windows=bool(doc.window_pull and doc.window_days),
		tokens=tokens_from(doc.as_dict()),
	)


def oldest_of(doc) -> str:
	"""When the oldest record of a flow was made, in the notation of the other side; empty where nobody said.

	Raises `ConfigurationError` for an input of the account that it names and that is not set.
	"""
	return filled((doc.window_since or "").strip(), inputs.of_account(doc.integration))


def since_of(text: str | None) -> str:
	"""A time that a person chose to start from. Raises `ConfigurationError` for one that has not come yet."""
	since = (text or "").strip()
	moment = times.as_moment(since, "UTC")
	if moment and moment > dt.datetime.now(dt.timezone.utc) + AHEAD:
		raise ConfigurationError(
			"{time} has not come yet: changes before it would never be fetched. Enter a time in the past.",
			code="since",
			time=since,
		)
	return since


def cron_of(schedule: str | None, expression: str | None) -> str:
	"""The cron expression of a choice; empty for none. Raises `ConfigurationError`."""
	if schedule != CRON:
		return CRON_OF_SCHEDULE.get(schedule or "", "")
	text = (expression or "").strip()
	if not _comes(text):
		raise ConfigurationError(
			"{text} is not a cron expression. Write for example 30 2 * * * for half past two each night.",
			code="bad_cron",
			text=text or "-",
		)
	return text


def _comes(expression: str) -> bool:
	"""Whether a cron expression is one, and ever due: 30 February is not."""
	try:
		return bool(croniter(expression).get_next())
	except (ValueError, KeyError, AttributeError):
		return False


def stamp_of(doc) -> str:
	"""Equal for two states of a flow that ask for the same pages."""
	asked = [_rows(doc.pull_parameters), *(str(doc.get(field) or "") for field in ASKED_BY)]
	if has_parents(doc.as_dict()):
		asked += [str(doc.get(field) or "") for field in PARENTS_ASKED_BY]
		asked.append(_rows(doc.parent_parameters))
	if mark := mark_of(doc):
		asked.append(mark)
	if doc.window_pull and doc.window_days:
		asked.append("window_pull")
	if named := _named(asked, inputs.of_account(doc.integration)):
		asked.append(named)
	return fingerprint(asked)[:16]


def asked_of(doc, own: Mapping[str, str]) -> str:
	"""Equal for two states of a flow, and of the inputs of its account, that ask for the same records."""
	asked = [_rows(doc.pull_parameters), *(str(doc.get(field) or "").strip() for field in RECORDS_ASKED_BY)]
	if has_parents(doc.as_dict()):
		asked += [str(doc.get(field) or "") for field in PARENTS_ASKED_BY]
		asked.append(_rows(doc.parent_parameters))
	return fingerprint([asked, _named(asked, own)])


def _named(asked: list[Any], own: Mapping[str, str]) -> list[list[str]]:
	"""The inputs that what is asked names, with their values."""
	return [[key, own.get(key, "")] for key in sorted(set(_INPUT.findall(str(asked))))]


def mark_of(doc) -> str:
	"""Equal for two states of a flow to which the same mark (a change time, or a token of the source) means the same.

	Empty where changes are told by their time: that means the same whatever else is asked.
	"""
	if not (doc.token_next or "").strip():
		return ""
	asked = [_rows(doc.pull_parameters), *(str(doc.get(field) or "").strip() for field in TOKEN_OF)]
	return fingerprint(asked)[:16]


def _rows(parameters: Iterable[Any]) -> list[list[str]]:
	return [[row.place, row.key, row.value] for row in parameters]


def _seconds(text: str | None) -> int:
	return parse_duration(text) if (text or "").strip() else 0


def _expression(text: str | None) -> Expression | None:
	return compile_expression(text.strip()) if text and text.strip() else None
