"""The vendors' ways to page, each as a flow would be set up and as the vendor would answer.

Names and shapes are the vendors' own; `reference` beside each says where they are documented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from erp_connect.core.paging.walk import PageFacts, PagePart, advance, check, first, paging_from, place

BASE = "https://api.example.com/v1"


@dataclass
class Page:
	"""What is asked for, and the answer to it with `count` records."""

	part: PagePart
	count: int
	data: Any = None
	headers: dict[str, str] = field(default_factory=dict)
	asked: str = ""


def query(**values):
	return PagePart(query=values)


def body(**values):
	return PagePart(body={name.replace("__", "."): value for name, value in values.items()})


# name: (fields of the flow, the pages, reference)
VENDORS: dict[str, tuple[dict[str, Any], list[Page], str]] = {
	"Shopify REST": (
		{"paging": "Link header", "page_size": 2, "page_size_parameter": "limit"},
		[
			Page(
				query(limit="2"),
				2,
				headers={
					"Link": '<https://api.example.com/v1/orders.json?page_info=p0&limit=2>; rel="previous", '
					'<https://api.example.com/v1/orders.json?page_info=p2&limit=2>; rel="next"'
				},
			),
			# Only page_info and limit may be sent: the address has them.
			Page(
				PagePart(url="/orders.json?page_info=p2&limit=2"),
				1,
				headers={"link": '<https://api.example.com/v1/orders.json?page_info=p1>; rel="previous"'},
			),
		],
		"https://shopify.dev/docs/api/usage/pagination-rest",
	),
	"WooCommerce pages": (
		{"paging": "Page", "page_size": 2, "page_total": "pages:header:X-WP-TotalPages"},
		[
			Page(query(page="1", per_page="2"), 2, headers={"X-WP-TotalPages": "2", "X-WP-Total": "4"}),
			Page(query(page="2", per_page="2"), 2, headers={"x-wp-totalpages": "2", "x-wp-total": "4"}),
		],
		"https://woocommerce.github.io/woocommerce-rest-api-docs/#pagination",
	),
	"WooCommerce links": (
		{"paging": "Link header", "page_size": 2, "page_size_parameter": "per_page"},
		[
			Page(
				query(per_page="2"),
				2,
				headers={"Link": '<https://api.example.com/v1/orders?per_page=2&page=2>; rel="next"'},
			),
			Page(
				PagePart(url="/orders?per_page=2&page=2"),
				2,
				headers={"Link": '<https://api.example.com/v1/orders?per_page=2&page=1>; rel="prev"'},
			),
		],
		"https://woocommerce.github.io/woocommerce-rest-api-docs/#pagination",
	),
	"Magento": (
		{"paging": "searchCriteria", "page_size": 2},
		[
			Page(
				PagePart(query={"searchCriteria[pageSize]": "2", "searchCriteria[currentPage]": "1"}),
				2,
				{"total_count": 4},
			),
			# A page past the end would repeat this one.
			Page(
				PagePart(query={"searchCriteria[pageSize]": "2", "searchCriteria[currentPage]": "2"}),
				2,
				{"total_count": 4},
			),
		],
		"https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/",
	),
	"Shopify GraphQL": (
		{"paging": "GraphQL cursor", "page_size": 2, "page_next": "data.orders.pageInfo"},
		[
			Page(
				body(variables__first=2),
				2,
				{"data": {"orders": {"pageInfo": {"hasNextPage": True, "endCursor": "c2"}}}},
			),
			Page(
				body(variables__first=2, variables__after="c2"),
				2,
				{"data": {"orders": {"pageInfo": {"hasNextPage": False, "endCursor": "c4"}}}},
			),
		],
		"https://shopify.dev/docs/api/usage/pagination-graphql",
	),
	"Stripe": (
		{"paging": "Last id", "page_size": 2},
		[
			Page(query(limit="2"), 2, {"has_more": True}),
			Page(query(limit="2", starting_after="id2"), 2, {"has_more": False}),
		],
		"https://docs.stripe.com/api/pagination",
	),
	"Stripe search": (
		{"paging": "Body cursor", "page_size": 2, "page_parameter": "page", "page_next": "next_page"},
		[
			Page(query(limit="2"), 2, {"has_more": True, "next_page": "n2"}),
			Page(query(limit="2", page="n2"), 1, {"has_more": False, "next_page": None}),
		],
		"https://docs.stripe.com/api/pagination/search",
	),
	"HubSpot": (
		{
			"paging": "Body cursor",
			"page_size": 2,
			"page_parameter": "after",
			"page_next": "paging.next.after",
		},
		[
			Page(query(limit="2"), 2, {"paging": {"next": {"after": "2", "link": "https://x"}}}),
			Page(query(limit="2", after="2"), 2, {}),
		],
		"https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/basic/get-crm-v3-objects-contacts",
	),
	"HubSpot search": (
		{
			"paging": "Body cursor",
			"page_size": 2,
			"page_parameter": "after",
			"page_place": "Body",
			"page_next": "paging.next.after",
		},
		[
			Page(body(limit=2), 2, {"total": 3, "paging": {"next": {"after": "2"}}}),
			Page(body(limit=2, after="2"), 1, {"total": 3}),
		],
		"https://developers.hubspot.com/docs/api-reference/search/guide",
	),
	"Salesforce": (
		{"paging": "Next URL", "page_next": "nextRecordsUrl", "page_more": "!done"},
		[
			Page(PagePart(), 2, {"done": False, "nextRecordsUrl": "/services/data/v60.0/query/01g-2000"}),
			# Not below the base address of this account, but on its host.
			Page(
				PagePart(url="https://api.example.com/services/data/v60.0/query/01g-2000"), 1, {"done": True}
			),
		],
		"https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query_more_results.htm",
	),
	"Zoho": (
		{"paging": "Page", "page_size": 2, "page_more": "info.more_records"},
		[
			Page(query(page="1", per_page="2"), 2, {"info": {"more_records": True}}),
			Page(query(page="2", per_page="2"), 2, {"info": {"more_records": False}}),
		],
		"https://www.zoho.com/crm/developer/docs/api/v8/get-records.html",
	),
	"Zoho without records": (
		{"paging": "Page", "page_size": 2, "page_more": "info.more_records"},
		[Page(query(page="1", per_page="2"), 0, None)],
		"https://www.zoho.com/crm/developer/docs/api/v8/get-records.html",
	),
	"Zoho page token": (
		{
			"paging": "Body cursor",
			"page_size": 2,
			"page_size_parameter": "per_page",
			"page_parameter": "page_token",
			"page_next": "info.next_page_token",
		},
		[
			Page(query(per_page="2"), 2, {"info": {"next_page_token": "t2"}}),
			Page(query(per_page="2", page_token="t2"), 1, {"info": {"next_page_token": None}}),
		],
		"https://www.zoho.com/crm/developer/docs/api/v8/get-records.html",
	),
	"Mailchimp": (
		{"paging": "Offset", "page_size": 2, "page_size_parameter": "count", "page_total": "total_items"},
		[
			Page(query(offset="0", count="2"), 2, {"total_items": 4}),
			Page(query(offset="2", count="2"), 2, {"total_items": 4}),
		],
		"https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination",
	),
	"Razorpay": (
		{
			"paging": "Offset",
			"page_size": 2,
			"page_size_parameter": "count",
			"page_parameter": "skip",
		},
		[
			Page(query(skip="0", count="2"), 2, {"entity": "collection", "count": 2}),
			Page(query(skip="2", count="2"), 1, {"entity": "collection", "count": 1}),
		],
		"https://razorpay.com/docs/api/orders/fetch-all/",
	),
	"PayPal": (
		{
			"paging": "Next URL",
			"page_size": 2,
			"page_size_parameter": "page_size",
			"page_next": "links[?rel=='next'].href | [0]",
		},
		[
			Page(
				query(page_size="2"),
				2,
				{
					"links": [
						{"rel": "self", "href": "https://api.example.com/v1/invoices?page=1&page_size=2"},
						{"rel": "next", "href": "https://api.example.com/v1/invoices?page=2&page_size=2"},
					]
				},
			),
			Page(PagePart(url="/invoices?page=2&page_size=2"), 2, {"links": [{"rel": "self", "href": "x"}]}),
		],
		"https://developer.paypal.com/api/rest/responses/#link-hateoaslinks",
	),
	"BigCommerce v3 pages": (
		{
			"paging": "Page",
			"page_size": 2,
			"page_size_parameter": "limit",
			"page_total": "pages:meta.pagination.total_pages",
		},
		[
			Page(query(page="1", limit="2"), 2, {"meta": {"pagination": {"total_pages": 2}}}),
			Page(query(page="2", limit="2"), 2, {"meta": {"pagination": {"total_pages": 2}}}),
		],
		"https://docs.bigcommerce.com/developer/docs/overview/start-building/api-overview",
	),
	"BigCommerce v3 links": (
		{
			"paging": "Next URL",
			"page_size": 2,
			"page_size_parameter": "limit",
			"page_next": "meta.pagination.links.next",
		},
		[
			Page(
				query(limit="2"),
				2,
				{"meta": {"pagination": {"links": {"next": "?page=2&limit=2"}}}},
				asked=BASE + "/catalog/products?limit=2",
			),
			Page(
				PagePart(url="/catalog/products?page=2&limit=2"), 2, {"meta": {"pagination": {"links": {}}}}
			),
		],
		"https://docs.bigcommerce.com/developer/docs/overview/start-building/api-overview",
	),
	"BigCommerce v2, which answers 204 at the end": (
		{"paging": "Page", "page_size": 2, "page_size_parameter": "limit"},
		[
			Page(query(page="1", limit="2"), 2, []),
			Page(query(page="2", limit="2"), 2, []),
			Page(query(page="3", limit="2"), 0, None),
		],
		"https://docs.bigcommerce.com/developer/docs/overview/start-building/api-overview",
	),
	"Google Drive": (
		{
			"paging": "Body cursor",
			"page_size": 2,
			"page_size_parameter": "pageSize",
			"page_parameter": "pageToken",
			"page_next": "nextPageToken",
		},
		[
			Page(query(pageSize="2"), 2, {"nextPageToken": "t2"}),
			Page(query(pageSize="2", pageToken="t2"), 2, {"newStartPageToken": "s9"}),
		],
		"https://developers.google.com/workspace/drive/api/reference/rest/v3/changes/list",
	),
	"n8n": (
		{"paging": "Body cursor", "page_size": 2, "page_next": "nextCursor"},
		[
			Page(query(limit="2"), 2, {"nextCursor": "c2"}),
			Page(query(limit="2", cursor="c2"), 2, {"nextCursor": None}),
		],
		"https://docs.n8n.io/api/pagination/",
	),
	"Slack, whose pages may be empty": (
		{"paging": "Body cursor", "page_size": 2, "page_next": "response_metadata.next_cursor"},
		[
			Page(query(limit="2"), 2, {"response_metadata": {"next_cursor": "c2"}}),
			Page(query(limit="2", cursor="c2"), 0, {"response_metadata": {"next_cursor": "c3"}}),
			Page(query(limit="2", cursor="c3"), 1, {"response_metadata": {"next_cursor": ""}}),
		],
		"https://api.slack.com/apis/pagination",
	),
	"Frappe v1": (
		{
			"paging": "Offset",
			"page_size": 2,
			"page_size_parameter": "limit_page_length",
			"page_parameter": "limit_start",
		},
		[
			Page(query(limit_start="0", limit_page_length="2"), 2),
			Page(query(limit_start="2", limit_page_length="2"), 2),
			Page(query(limit_start="4", limit_page_length="2"), 0),
		],
		"https://docs.frappe.io/framework/user/en/api/rest",
	),
	"Frappe v2": (
		{"paging": "Offset", "page_size": 2, "page_size_parameter": "limit", "page_parameter": "start"},
		[
			Page(query(start="0", limit="2"), 2),
			Page(query(start="2", limit="2"), 1),
		],
		"https://docs.frappe.io/framework/user/en/api/rest",
	),
	"Authorize.net": (
		{
			"paging": "Page",
			"page_size": 2,
			"page_place": "Body",
			"page_parameter": "getTransactionListRequest.paging.offset",
			"page_size_parameter": "getTransactionListRequest.paging.limit",
		},
		[
			Page(
				body(getTransactionListRequest__paging__offset=1, getTransactionListRequest__paging__limit=2),
				2,
				{"totalNumInResultSet": 2},
			),
			Page(
				body(getTransactionListRequest__paging__offset=2, getTransactionListRequest__paging__limit=2),
				0,
				{"totalNumInResultSet": 0},
			),
		],
		"https://developer.authorize.net/api/reference/index.html#transaction-reporting",
	),
	"carriers, which have no pages": (
		{"paging": "None", "page_size": 2},
		[Page(PagePart(), 7)],
		"https://developer.fedex.com/api/en-us/catalog/track/v1/docs.html",
	),
	"a range in headers, as Heroku": (
		{
			"paging": "Header cursor",
			"page_place": "Header",
			"page_parameter": "Range",
			"page_next": "header:Next-Range",
		},
		[
			Page(PagePart(headers={}), 2, headers={"Next-Range": "id ]2..; max=2"}),
			Page(PagePart(headers={"Range": "id ]2..; max=2"}), 2),
		],
		"https://devcenter.heroku.com/articles/platform-api-reference#ranges",
	),
}


@pytest.mark.parametrize("name", VENDORS)
def test_vendor(name):
	values, pages, reference = VENDORS[name]
	assert check(values) == [] and reference.startswith("https://")
	paging = paging_from(values)
	position, start = first(paging), 0
	for number, page in enumerate(pages, start=1):
		assert position is not None, f"ended before page {number}"
		assert place(paging, position) == page.part
		position = advance(paging, position, answered(page, start))
		start += page.count
	assert position is None


def answered(page, start):
	ids = [f"id{start + place_ + 1}" for place_ in range(page.count)]
	return PageFacts(
		data=page.data,
		headers=page.headers,
		records=[{"id": id_} for id_ in ids],
		base_url=BASE,
		ids=ids,
		url=page.asked or BASE + "/asked",
	)
