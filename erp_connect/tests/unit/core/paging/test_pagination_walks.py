"""Every way to turn pages, over HTTP: all records once, also when a page fails or times are shared."""

from __future__ import annotations

import random

import pytest

from erp_connect.core.paging.page import STYLES, PagingError
from erp_connect.tests.fakes.paged_source import PagedSource
from erp_connect.tests.fakes.paged_styles import STYLES as SERVED
from erp_connect.tests.unit.core.paging.paged_walk import Walk

COUNT = 2501
SINCE = {"place": "Query", "key": "since", "value": "{since}"}
GRAPHQL = """query Orders($first: Int, $after: String, $since: String) {
	orders(first: $first, after: $after, query: $since) { nodes { id } pageInfo { hasNextPage endCursor } }
}"""


def flow(path, paging, records="", **more):
	return {
		"pull_path": path,
		"pull_method": "GET",
		"pull_records": records,
		"paging": paging,
		"page_size": 100,
		"pull_parameters": [SINCE],
		**more,
	}


FLOWS = {
	"none": flow("/none", "None", "records"),
	"frappe offset": flow("/offset", "Offset", "data"),
	"mailchimp offset with total": flow(
		"/offset-total", "Offset", "members", page_size_parameter="count", page_total="total_items"
	),
	"page": flow("/page", "Page"),
	"woocommerce pages in a header": flow("/page-total", "Page", page_total="pages:header:X-WP-TotalPages"),
	"woocommerce records in a header": flow("/page-total", "Page", page_total="header:X-WP-Total"),
	"zoho flag": flow("/page-more", "Page", "data", page_more="info.more_records"),
	"authorize.net in the body": flow(
		"/body-paging",
		"Page",
		"items",
		pull_method="POST",
		pull_body='{"getList": {"sorting": {"orderBy": "id"}}, "since": "{since}"}',
		pull_parameters=[],
		page_place="Body",
		page_parameter="getList.paging.offset",
		page_size_parameter="getList.paging.limit",
	),
	"shopify link header": flow("/link", "Link header", "orders", page_size_parameter="limit"),
	"salesforce next url": flow("/next-url", "Next URL", "records", page_next="nextRecordsUrl"),
	"paypal links": flow(
		"/next-link",
		"Next URL",
		"items",
		page_next="links[?rel=='next'].href | [0]",
		page_size_parameter="per_page",
	),
	"hubspot cursor": flow(
		"/body-cursor", "Body cursor", "results", page_next="paging.next.after", page_parameter="after"
	),
	"hubspot search": flow(
		"/body-cursor",
		"Body cursor",
		"results",
		pull_method="POST",
		pull_body='{"filterGroups": [{"filters": [{"operator": "GTE", "value": "{since}"}]}], "since": "{since}"}',
		pull_parameters=[],
		page_next="paging.next.after",
		page_parameter="after",
		page_place="Body",
	),
	"header cursor": flow("/header-cursor", "Header cursor", page_next="header:X-Next-Cursor"),
	"shopify graphql": flow(
		"/graphql",
		"GraphQL cursor",
		"data.orders.nodes",
		pull_graphql=GRAPHQL,
		pull_body='{"since": "{since}"}',
		pull_parameters=[],
		page_next="data.orders.pageInfo",
	),
	"graphql without saying where pageInfo is": flow(
		"/graphql",
		"GraphQL cursor",
		"data.orders.nodes",
		pull_graphql=GRAPHQL,
		pull_body='{"since": "{since}"}',
		pull_parameters=[],
	),
	"magento": flow("/magento", "searchCriteria", "items"),
	"stripe": flow("/last-id", "Last id", "data"),
	"changed since": flow("/changed-since", "Changed since", "data", changed_expression="modified"),
}


@pytest.fixture(scope="module")
def source():
	with PagedSource(COUNT) as running:
		yield running


def test_every_way_is_walked():
	assert {values["paging"] for values in FLOWS.values()} == set(STYLES)
	assert {values["pull_path"] for values in FLOWS.values()} == set(SERVED) - {"/changed-after"}


@pytest.mark.parametrize("name", FLOWS)
def test_every_record_comes(source, name):
	walk = Walk(source.url(), FLOWS[name]).run()
	assert set(walk.ids) == source.records.ids and len(source.records) == COUNT
	if FLOWS[name]["paging"] != "Changed since":
		assert len(walk.ids) == COUNT


@pytest.mark.parametrize("fault", [503, "reset", "cut", "html"])
@pytest.mark.parametrize("name", sorted(set(FLOWS) - {"none"}))
def test_a_page_that_fails_is_asked_for_again(name, fault):
	with PagedSource(601) as source:
		source.fail(FLOWS[name]["pull_path"], page=3, status=fault)
		walk = Walk(source.url(), FLOWS[name]).run()
		pages = source.count(FLOWS[name]["pull_path"])
	assert set(walk.ids) == source.records.ids and walk.failures == 1 and pages >= 7
	if FLOWS[name]["paging"] != "Changed since":
		assert len(walk.ids) == 601


@pytest.mark.parametrize("name", FLOWS)
def test_2501_with_page_3_failing_and_times_shared_across_pages(name):
	with PagedSource(COUNT, run=150) as source:
		if name != "none":
			source.fail(FLOWS[name]["pull_path"], page=3)
		walk = Walk(source.url(), FLOWS[name]).run()
	assert set(walk.ids) == source.records.ids and walk.failures == (name != "none")


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200])
def test_small_sources_and_exact_pages(name, count):
	with PagedSource(count) as source:
		walk = Walk(source.url(), FLOWS[name]).run()
	assert set(walk.ids) == source.records.ids


@pytest.mark.parametrize("name", FLOWS)
def test_a_source_that_gives_less_than_it_is_asked_for(name):
	with PagedSource(333, largest=30) as source:
		walk = Walk(source.url(), FLOWS[name]).run()
	assert set(walk.ids) == source.records.ids


@pytest.mark.parametrize("name", FLOWS)
def test_changes_since_a_time(name):
	with PagedSource(300) as source:
		since = source.records.one("R-000250")["modified"]
		walk = Walk(source.url(), FLOWS[name], since).run()
		wanted = {row["id"] for row in source.records.slice(0, 300)[0] if row["modified"] >= since}
	assert set(walk.ids) == wanted and 50 < len(wanted) < 60


class TestChangedSince:
	FLOW = FLOWS["changed since"]

	@pytest.mark.parametrize("run", [1, 99, 100, 101, 250, 601])
	def test_runs_of_one_time(self, run):
		with PagedSource(601, run=run) as source:
			walk = Walk(source.url(), self.FLOW).run()
		assert set(walk.ids) == source.records.ids

	@pytest.mark.parametrize("times", ["iso", "frappe", "s", "ms"])
	def test_every_notation_of_time(self, times):
		with PagedSource(500, run=120, times=times) as source:
			walk = Walk(source.url(), self.FLOW).run()
			some = source.records.one("R-000400")["modified"]
			later = Walk(source.url(), self.FLOW, some).run()
		assert set(walk.ids) == source.records.ids and len(set(later.ids)) == 500 - 360

	def test_what_is_changed_meanwhile_comes_in_its_last_version(self):
		chance = random.Random(4)

		def disturb(walk):
			ids = sorted(source.records.ids)
			if walk.asked and len(walk.asked) % 2 and len(walk.asked) < 40:
				source.records.mutate(*chance.sample(ids, 5))
				source.records.remove(*chance.sample(ids, 2))
				source.records.add(2)

		with PagedSource(1500, run=130) as source:
			walk = Walk(source.url(), self.FLOW, after_page=disturb).run()
			known = {record["id"]: record["version"] for record in walk.records}
			assert known | source.records.versions == known

	def test_a_filter_that_leaves_out_the_time_itself_is_noticed(self):
		with PagedSource(300, run=7) as source, pytest.raises(PagingError) as caught:
			Walk(source.url(), {**self.FLOW, "pull_path": "/changed-after"}).run()
		assert caught.value.code == "exclusive" and "at or after" in str(caught.value)

	def test_a_parameter_the_source_does_not_know(self):
		values = {**self.FLOW, "page_parameter": "start"}
		with PagedSource(300, run=150) as source, pytest.raises(PagingError, match="another order"):
			Walk(source.url(), values).run()

	def test_without_an_offset_a_page_must_hold_all_of_one_time(self):
		values = {**self.FLOW, "page_parameter": "-"}
		with PagedSource(300, run=20) as source:
			assert set(Walk(source.url(), values).run().ids) == source.records.ids
		with PagedSource(300, run=150) as source, pytest.raises(PagingError, match="share the time"):
			Walk(source.url(), values).run()


@pytest.mark.parametrize(
	("name", "wrong"),
	[
		("frappe offset", {"page_parameter": "start"}),
		("page", {"page_parameter": "p"}),
		("mailchimp offset with total", {"page_parameter": "start"}),
		("zoho flag", {"page_parameter": "p"}),
		("woocommerce pages in a header", {"page_parameter": "p"}),
		("hubspot cursor", {"page_parameter": "cursor"}),
		("header cursor", {"page_parameter": "after"}),
		("stripe", {"page_parameter": "after"}),
	],
)
def test_a_parameter_the_source_does_not_know_is_no_endless_walk_and_no_early_end(source, name, wrong):
	walk = Walk(source.url(), {**FLOWS[name], **wrong})
	with pytest.raises(PagingError, match="same page again"):
		walk.run()
	assert len(walk.asked) <= 3


def test_a_total_of_pages_taken_for_records_is_noticed(source):
	with pytest.raises(PagingError, match="pages:"):
		Walk(
			source.url(),
			{**FLOWS["page"], "pull_path": "/page-total", "page_total": "header:X-WP-TotalPages"},
		).run()
