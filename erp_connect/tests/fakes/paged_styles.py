"""How the paged source answers: one function for each way to turn pages, as the vendor named in it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from erp_connect.tests.fakes.paged_records import number_of

if TYPE_CHECKING:
	from erp_connect.tests.fakes.paged_source import PagedSource

DEFAULT_SIZE = 50


@dataclass(frozen=True)
class Asked:
	"""One request. values: query parameters, or for POST the body."""

	method: str
	path: str
	values: Mapping[str, Any]
	headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
	body: Any = None
	headers: Mapping[str, str] = field(default_factory=dict)
	status: int = 200


def since_of(asked: Asked) -> Any:
	"""The filter of a request, wherever it stands."""
	variables = asked.values.get("variables")
	return asked.values.get("since") or (variables.get("since") if isinstance(variables, dict) else None)


def _none(source: PagedSource, asked: Asked) -> Answer:
	return Answer({"records": source.records.slice(0, len(source.records), since_of(asked))[0]})


def _offset(source: PagedSource, asked: Asked) -> Answer:
	"""As Frappe: no total."""
	start, size = asked.values.get("offset", 0), asked.values.get("limit")
	return Answer({"data": source.page(asked, int(start), size)[0]})


def _offset_total(source: PagedSource, asked: Asked) -> Answer:
	"""As Mailchimp."""
	rows, total = source.page(asked, int(asked.values.get("offset", 0)), asked.values.get("count"))
	return Answer({"members": rows, "total_items": total})


def _numbered(source: PagedSource, asked: Asked) -> tuple[list[dict[str, Any]], int, int]:
	size = min(int(asked.values.get("per_page") or DEFAULT_SIZE), source.largest)
	rows, total = source.page(asked, (int(asked.values.get("page", 1)) - 1) * size, size)
	return rows, total, -(-total // size)


def _page(source: PagedSource, asked: Asked) -> Answer:
	return Answer(_numbered(source, asked)[0])


def _page_total(source: PagedSource, asked: Asked) -> Answer:
	"""As WooCommerce: a bare list, totals in headers, and an error past the end."""
	rows, total, pages = _numbered(source, asked)
	if not rows and int(asked.values.get("page", 1)) > 1:
		return Answer({"code": "rest_post_invalid_page_number"}, status=400)
	return Answer(rows, {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)})


def _page_more(source: PagedSource, asked: Asked) -> Answer:
	"""As Zoho: a flag, and 204 where there is nothing."""
	rows, _, pages = _numbered(source, asked)
	if not rows:
		return Answer(status=204)
	return Answer({"data": rows, "info": {"more_records": int(asked.values.get("page", 1)) < pages}})


def _body_paging(source: PagedSource, asked: Asked) -> Answer:
	"""As Authorize.net: page number and size in the body, below the name of the call."""
	paging = asked.values["getList"]["paging"]
	size = min(int(paging["limit"]), source.largest)
	return Answer({"items": source.page(asked, (int(paging["offset"]) - 1) * size, size)[0]})


def _link(source: PagedSource, asked: Asked) -> Answer:
	"""As Shopify: with page_info no other parameter but limit is allowed."""
	token = asked.values.get("page_info")
	if token and set(asked.values) - {"page_info", "limit"}:
		return Answer({"errors": {"page_info": "Invalid value."}}, status=400)
	start, since = _read_token(token)
	size = asked.values.get("limit")
	rows, total = source.page(_with_since(asked, since or since_of(asked)), start, size)
	following = start + len(rows)
	if not rows or following >= total:
		return Answer({"orders": rows}, {"Link": f'<{source.url("/link")}?page_info=x,y>; rel="previous"'})
	token = _token(following, since or since_of(asked))
	links = (
		f'<{source.url("/link")}?page_info=a,b>; rel="previous", '
		f'<{source.url("/link")}?limit={size}&page_info={token}>; rel="next"'
	)
	return Answer({"orders": rows}, {"Link": links})


def _next_url(source: PagedSource, asked: Asked) -> Answer:
	"""As Salesforce: a path on the host."""
	start, since = _read_token(asked.values.get("from"))
	rows, total = source.page(_with_since(asked, since or since_of(asked)), start, None)
	body = {"totalSize": total, "done": start + len(rows) >= total, "records": rows}
	if not body["done"]:
		body["nextRecordsUrl"] = f"/next-url?from={_token(start + len(rows), since or since_of(asked))}"
	return Answer(body)


def _next_link(source: PagedSource, asked: Asked) -> Answer:
	"""As PayPal's links, with BigCommerce's bare query for an address."""
	rows, _, pages = _numbered(source, asked)
	page, size = int(asked.values.get("page", 1)), asked.values.get("per_page") or DEFAULT_SIZE
	since = f"&since={since_of(asked)}" if since_of(asked) else ""
	links = [{"rel": "self", "href": f"?page={page}&per_page={size}{since}"}]
	if page < pages:
		links.append({"rel": "next", "href": f"?page={page + 1}&per_page={size}{since}"})
	return Answer({"items": rows, "links": links})


def _cursor_page(
	source: PagedSource, asked: Asked, cursor: Any, size: Any
) -> tuple[list[dict[str, Any]], str]:
	rows, more = source.records.after(
		int(cursor or 0), min(int(size or DEFAULT_SIZE), source.largest), since_of(asked)
	)
	source.given += len(rows)
	return rows, str(rows[-1]["number"]) if more else ""


def _body_cursor(source: PagedSource, asked: Asked) -> Answer:
	"""As HubSpot; in the query, or in the body of a POST."""
	rows, cursor = _cursor_page(source, asked, asked.values.get("after"), asked.values.get("limit"))
	return Answer({"results": rows, **({"paging": {"next": {"after": cursor}}} if cursor else {})})


def _header_cursor(source: PagedSource, asked: Asked) -> Answer:
	rows, cursor = _cursor_page(source, asked, asked.values.get("cursor"), asked.values.get("limit"))
	return Answer(rows, {"X-Next-Cursor": cursor} if cursor else {})


def _graphql(source: PagedSource, asked: Asked) -> Answer:
	"""As Shopify: a cursor also on the last page, and an error instead of data for a query without pageInfo."""
	if "pageInfo" not in asked.values["query"]:
		return Answer({"errors": [{"message": "no pageInfo"}], "data": None})
	variables = asked.values["variables"]
	rows, cursor = _cursor_page(source, asked, variables.get("after"), variables.get("first"))
	last = str(rows[-1]["number"]) if rows else None
	nodes = [{**row, "lines": {"nodes": [], "pageInfo": {"hasNextPage": False}}} for row in rows]
	return Answer(
		{"data": {"orders": {"nodes": nodes, "pageInfo": {"hasNextPage": bool(cursor), "endCursor": last}}}}
	)


def _magento(source: PagedSource, asked: Asked) -> Answer:
	"""As Magento: past the end the last page comes again."""
	size = min(int(asked.values.get("searchCriteria[pageSize]") or DEFAULT_SIZE), source.largest)
	total = source.records.slice(0, 0, since_of(asked))[1]
	page = min(int(asked.values.get("searchCriteria[currentPage]", 1)), max(-(-total // size), 1))
	rows, total = source.page(asked, (page - 1) * size, size)
	return Answer({"items": rows, "search_criteria": [], "total_count": total})


def _last_id(source: PagedSource, asked: Asked) -> Answer:
	"""As Stripe."""
	after = number_of(asked.values["starting_after"]) if asked.values.get("starting_after") else 0
	rows, cursor = _cursor_page(source, asked, after, asked.values.get("limit"))
	return Answer({"object": "list", "data": rows, "has_more": bool(cursor)})


def _changed_since(source: PagedSource, asked: Asked, *, exclusive: bool = False) -> Answer:
	"""As Frappe, sorted by the time of the last change and then by name."""
	start, size = int(asked.values.get("offset", 0)), asked.values.get("limit")
	return Answer({"data": source.page(asked, start, size, by_change=True, exclusive=exclusive)[0]})


def _changed_after(source: PagedSource, asked: Asked) -> Answer:
	"""As WordPress' modified_after: leaves out the time itself, which no walk by change time survives."""
	return _changed_since(source, asked, exclusive=True)


def _token(start: int, since: Any) -> str:
	return f"{start}~{since or ''}"


def _read_token(token: Any) -> tuple[int, str]:
	start, _, since = str(token or "0~").partition("~")
	return int(start), since


def _with_since(asked: Asked, since: Any) -> Asked:
	return Asked(asked.method, asked.path, {**asked.values, "since": since})


STYLES: dict[str, Callable[[PagedSource, Asked], Answer]] = {
	"/none": _none,
	"/offset": _offset,
	"/offset-total": _offset_total,
	"/page": _page,
	"/page-total": _page_total,
	"/page-more": _page_more,
	"/body-paging": _body_paging,
	"/link": _link,
	"/next-url": _next_url,
	"/next-link": _next_link,
	"/body-cursor": _body_cursor,
	"/header-cursor": _header_cursor,
	"/graphql": _graphql,
	"/magento": _magento,
	"/last-id": _last_id,
	"/changed-since": _changed_since,
	"/changed-after": _changed_after,
}
