"""The request of a pull: templates fill their place, missing values leave parameters out, pages are added."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.errors import ConfigurationError, ConnectError, MappingError
from erp_connect.core.expressions.parameters import Parameter
from erp_connect.core.expressions.text_template import MISSING, fill_json, render_text, render_value
from erp_connect.core.paging.check import check_values
from erp_connect.core.paging.request import build, request_from
from erp_connect.core.paging.walk import PageFacts, PagingError, advance, first

BASE = "https://api.example.com/v1"
CONTEXT = {
	"since": "2024-01-01T00:00:00+05:30",
	"until": None,
	"account": {"name": "Shop", "company": "Müller & Söhne"},
}
QUERY = (
	"query($first: Int, $after: String) { orders(first: $first, after: $after) { pageInfo { hasNextPage } } }"
)


def row(key, value, place="Query"):
	return {"place": place, "key": key, "value": value}


def built(values, context=None, position=None, **given_position):
	spec = request_from({"pull_path": "/orders", **values})
	context = CONTEXT if context is None else context
	position = position or first(spec.paging, context.get("since"))
	return build(spec, context, {**position, **given_position}, BASE)


class TestQuery:
	def test_values_are_encoded_and_stay_in_their_place(self):
		values = {
			"pull_parameters": [
				row("updated_at_min", "{since}"),
				row("filters", '[["modified",">=","{since}"]]'),
				row("created[gte]", "{account.company}"),
				row("limit", "{page_size}"),
				row("fixed", "{{x}}"),
				row("searchCriteria", ""),
			],
			"paging": "Link header",
			"page_size": 50,
		}
		found = built(values)
		assert found.method == "GET" and found.body is None and found.headers == {}
		assert parse_qsl(urlsplit(found.url(BASE)).query, keep_blank_values=True) == [
			("updated_at_min", "2024-01-01T00:00:00+05:30"),
			("filters", '[["modified",">=","2024-01-01T00:00:00+05:30"]]'),
			("created[gte]", "Müller & Söhne"),
			("limit", "50"),
			("fixed", "{x}"),
			("searchCriteria", ""),
		]

	def test_a_row_with_a_missing_value_is_left_out(self):
		rows = [row("since", "after {since}"), row("until", "{until}"), row("status", "open")]
		for since in (None, ""):
			assert built({"pull_parameters": rows}, {**CONTEXT, "since": since}).path == "/orders?status=open"

	def test_an_expression_can_choose_for_a_full_walk(self):
		"""Salesforce needs its query also where there is no time to start from."""
		condition = "{if(since, concat([' WHERE SystemModstamp >= ', since]), '')}"
		rows = [row("q", "SELECT Id FROM Account" + condition)]
		assert (
			built({"pull_parameters": rows}, {"since": None}).path == "/orders?q=SELECT%20Id%20FROM%20Account"
		)
		found = built({"pull_parameters": rows}, {"since": "2024-01-01T00:00:00Z"}).path
		assert found.endswith("Account%20WHERE%20SystemModstamp%20%3E%3D%202024-01-01T00%3A00%3A00Z")

	def test_names_may_repeat(self):
		rows = [row("status", "a"), row("status", "b")]
		assert built({"pull_parameters": rows}).path == "/orders?status=a&status=b"

	def test_a_path_with_a_query_of_its_own(self):
		values = {
			"pull_path": "/index.php?route=api/orders&since={since}",
			"pull_parameters": [row("a", "b")],
		}
		assert built(values).path == (
			"/index.php?route=api/orders&since=2024-01-01T00%3A00%3A00%2B05%3A30&a=b"
		)

	def test_what_the_page_adds_replaces_a_row_of_its_name(self):
		values = {
			"pull_parameters": [row("limit", "9"), row("offset", "7"), row("status", "open")],
			"paging": "Offset",
			"page_size": 50,
		}
		assert built(values, at=100).path == "/orders?status=open&limit=50&offset=100"

	def test_a_list_or_an_object_is_no_parameter(self):
		with pytest.raises(MappingError, match="Choose a single value"):
			built({"pull_parameters": [row("x", "{account}")]})

	def test_a_path_cannot_lead_elsewhere(self):
		for path in ("https://evil.example/x", "//evil.example/x", "/../x"):
			with pytest.raises(MappingError):
				built({"pull_path": path})

	def test_a_path_with_a_missing_value(self):
		with pytest.raises(MappingError, match="until"):
			built({"pull_path": "/orders/{until}"})

	@given(st.text(max_size=30), st.text(max_size=30).filter(bool))
	def test_whatever_a_value_holds_it_is_one_parameter(self, value, key):
		try:
			found = built(
				{"pull_parameters": [row(key.strip() or "k", "{since}"), row("z", "1")]}, {"since": value}
			)
		except (ConnectError, UnicodeEncodeError):
			assert any(0xD800 <= ord(character) <= 0xDFFF for character in value + key)
			return
		query = urlsplit(found.url(BASE)).query
		expected = [(key.strip() or "k", value)] if value else []
		assert parse_qsl(query, keep_blank_values=True) == [*expected, ("z", "1")]


class TestHeaders:
	def test_templates(self):
		rows = [
			row("Sforce-Query-Options", "batchSize={page_size}", "Header"),
			row("If-Modified-Since", "{until}", "Header"),
		]
		found = built({"pull_parameters": rows, "paging": "Next URL", "page_next": "next", "page_size": 200})
		assert found.headers == {"Sforce-Query-Options": "batchSize=200"} and found.path == "/orders"

	@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "日本", "x" * 9000])
	def test_a_value_cannot_add_a_header(self, value):
		with pytest.raises(ConfigurationError) as caught:
			built({"pull_parameters": [row("X-Since", "{since}", "Header")]}, {"since": value})
		assert "X-Since" in str(caught.value) and value not in str(caught.value)

	def test_nor_can_a_cursor(self):
		values = {
			"paging": "Body cursor",
			"page_next": "next",
			"page_place": "Header",
			"page_parameter": "X-Cursor",
			"page_size_parameter": "-",
		}
		assert built(values, at="abc").headers == {"X-Cursor": "abc"}
		with pytest.raises(ConfigurationError):
			built(values, at="abc\r\nX-Evil: 1")


class TestBody:
	def body(self, template, context=None, **values):
		return built({"pull_method": "POST", "pull_body": template, **values}, context).body

	def test_texts_are_templates_and_a_lone_one_keeps_its_kind(self):
		found = self.body(
			'{"n": "{page_size}", "s": "{page_size} per page", "a": "{account}", "k": [1, null, true, "{{x}}"]}',
			paging="Offset",
			page_size=50,
		)
		assert found == {
			"n": 50,
			"s": "50 per page",
			"a": CONTEXT["account"],
			"k": [1, None, True, "{x}"],
		}

	def test_what_is_missing_is_left_out(self):
		assert self.body('{"a": "{until}", "b": {"c": "x {until}", "d": 1}}') == {"b": {"d": 1}}
		assert self.body('"{until}"') == {}

	def test_half_a_filter_is_left_out_as_a_whole(self):
		"""HubSpot would refuse a filter without a value, and a group without filters."""
		template = (
			'{"limit": 5, "filterGroups": [{"filters": '
			'[{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "{since}"}]}]}'
		)
		assert self.body(template, {"since": None}) == {"limit": 5}
		filters = self.body(template, {"since": "7"})["filterGroups"][0]["filters"]
		assert filters == [{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "7"}]

	def test_a_list_that_was_empty_stays(self):
		assert self.body('{"a": [], "b": [[], {}]}') == {"a": [], "b": [[], {}]}

	def test_the_position_goes_where_its_path_says(self):
		values = {
			"paging": "Page",
			"page_size": 9,
			"page_place": "Body",
			"page_parameter": "list.paging.offset",
			"page_size_parameter": "list.paging.limit",
		}
		template = '{"list": {"auth": {}, "paging": {"limit": 1}}}'
		assert self.body(template, **values) == {"list": {"auth": {}, "paging": {"limit": 9, "offset": 1}}}
		assert self.body("", **values) == {"list": {"paging": {"limit": 9, "offset": 1}}}
		with pytest.raises(ConfigurationError, match="must be an object"):
			self.body("[1]", **values)

	def test_broken_json(self):
		with pytest.raises(ConfigurationError, match="line 2, column 1"):
			self.body('{"a": 1,\n2}')
		with pytest.raises(ConfigurationError):
			self.body("[" * 100_000)

	def test_a_get_request_has_none(self):
		assert built({"pull_body": '{"a": 1}'}).body is None


class TestGraphql:
	VALUES = {"pull_graphql": QUERY, "paging": "GraphQL cursor", "page_size": 50}

	def test_the_cursor_is_a_variable(self):
		values = {**self.VALUES, "pull_body": '{"query": "updated_at:>={since}"}'}
		found = built(values, at="c1")
		assert found.method == "POST" and found.path == "/orders"
		assert found.body == {
			"query": QUERY,
			"variables": {"query": f"updated_at:>={CONTEXT['since']}", "first": 50, "after": "c1"},
		}

	def test_the_first_page_and_everything(self):
		values = {**self.VALUES, "pull_body": '{"query": "updated_at:>={since}"}'}
		assert built(values, {}).body["variables"] == {"first": 50}

	def test_braces_of_the_query_are_no_templates(self):
		assert built({"pull_graphql": "{ shop { name } }"}).body == {
			"query": "{ shop { name } }",
			"variables": {},
		}

	def test_variables_must_be_an_object(self):
		with pytest.raises(ConfigurationError, match="must be an object"):
			built({**self.VALUES, "pull_body": "[1]"})


class TestGivenAddress:
	VALUES = {
		"pull_parameters": [row("status", "any"), row("X-Version", "2", "Header")],
		"paging": "Link header",
		"page_size": 50,
		"page_size_parameter": "limit",
	}

	def test_parameters_are_not_repeated_but_headers_are(self):
		spec = request_from({"pull_path": "/orders.json", **self.VALUES})
		begin = first(spec.paging)
		start = build(spec, CONTEXT, begin, BASE)
		assert start.url(BASE) == BASE + "/orders.json?status=any&limit=50"
		facts = PageFacts(
			headers={"Link": f'<{BASE}/orders.json?page_info=p2&limit=50>; rel="next"'},
			records=[{"id": 1}],
			base_url=BASE,
			url=start.url(BASE),
		)
		following = build(spec, CONTEXT, advance(spec.paging, begin, facts), BASE)
		assert following.url(BASE) == BASE + "/orders.json?page_info=p2&limit=50"
		assert following.headers == {"X-Version": "2"}

	def test_below_the_host_only(self):
		found = built(self.VALUES, url="https://api.example.com/services/q-2000")
		assert found.url(BASE) == "https://api.example.com/services/q-2000"

	@pytest.mark.parametrize("url", ["https://evil.example/v1/orders", "http://api.example.com/v1/orders"])
	def test_a_stored_address_of_another_origin_is_not_called(self, url):
		with pytest.raises(PagingError):
			built(self.VALUES, url=url)


class TestChangedSince:
	def test_the_time_of_the_position_counts(self):
		values = {
			"pull_parameters": [row("since", "{since}")],
			"paging": "Changed since",
			"page_size": 50,
			"changed_expression": "modified",
		}
		assert built(values, since="2025-01-01", skip=0).path == "/orders?since=2025-01-01&limit=50"
		assert (
			built(values, since="2025-01-01", skip=49).path == "/orders?since=2025-01-01&limit=50&offset=49"
		)
		assert built(values, since=None).path == "/orders?limit=50"


class TestRows:
	def test_rows_may_be_objects(self):
		spec = request_from({"pull_path": "/x", "pull_parameters": [SimpleNamespace(**row(" a ", "b"))]})
		assert spec.parameters == (Parameter("Query", "a", "b"),)

	def test_empty_cells(self):
		spec = request_from({"pull_path": None, "pull_parameters": [{"key": "a", "value": None}]})
		assert spec.parameters == (Parameter("Query", "a", ""),) and spec.path == ""

	def test_a_request_is_not_printed(self):
		assert "secret" not in repr(built({"pull_parameters": [row("token", "secret")]}))


class TestText:
	@pytest.mark.parametrize(
		("template", "text"),
		[
			("", ""),
			("plain", "plain"),
			("{a}", "x y&z"),
			("<{a}>/{n}", "<x y&z>/5"),
			("{{{n}}}", "{5}"),
			("{missing}", None),
			("{n} {missing}", None),
			("{empty}", ""),
			("{f} {yes}", "10 true"),
			("#\\ \n", "#\\ \n"),
		],
	)
	def test_rendered(self, template, text):
		context = {"a": "x y&z", "n": 5, "f": 10.0, "yes": True, "empty": ""}
		assert render_text(template, context) == text

	@pytest.mark.parametrize("template", ["{", "}", "{a", "{a[}", "{foo()}", "x" * 20_001])
	def test_refused(self, template):
		with pytest.raises(MappingError) as caught:
			render_text(template, {})
		assert caught.value.field == "value"

	def test_values(self):
		assert render_value("{a}", {"a": [1]}) == [1] and render_value("{a}", {}) is MISSING
		assert render_value("{a} ", {"a": 1}) == "1 " and repr(MISSING) == "MISSING"
		with pytest.raises(MappingError, match="Correct the field"):
			render_value("{upper(a)}", {"a": 1})

	@given(
		st.recursive(
			st.none() | st.booleans() | st.integers() | st.text(alphabet="ab ", max_size=5),
			lambda inner: (
				st.lists(inner, max_size=3)
				| st.dictionaries(st.text(alphabet="xyz", max_size=2), inner, max_size=3)
			),
			max_leaves=12,
		)
	)
	def test_json_without_templates_stays_as_it_is(self, value):
		assert fill_json(value, {}) == value


class TestCheck:
	GOOD = {"pull_path": "/orders", "pull_parameters": [row("since", "{since}")], "paging": "Offset"}

	@pytest.mark.parametrize(
		("values", "found", "words"),
		[
			({}, [], ""),
			({"pull_path": "/orders/{account.company}"}, [], ""),
			({"pull_path": "/orders/{sinse}"}, [(None, "pull_path")], "no sinse here"),
			({"pull_path": "https://evil.example"}, [(None, "pull_path")], "names a host"),
			({"pull_path": "/a{"}, [(None, "pull_path")], "single brace"),
			({"pull_method": "PUT"}, [(None, "pull_method")], "not by PUT"),
			({"pull_body": "{}"}, [(None, "pull_body")], "carries no body"),
			({"page_place": "Body"}, [(None, "page_place")], "carries no body"),
			({"pull_method": "POST", "pull_body": "{,"}, [(None, "pull_body")], "line 1, column 2"),
			({"pull_method": "POST", "pull_body": '{"a": ["{b}"]}'}, [(None, "pull_body")], "no b here"),
			({"pull_method": "POST", "pull_body": "[1]"}, [], ""),
			(
				{"pull_method": "POST", "pull_body": "[1]", "page_place": "Body"},
				[(None, "pull_body")],
				"must be an object",
			),
			({"pull_parameters": [row("a", "1"), row("", "1")]}, [(2, "key")], "no name"),
			({"pull_parameters": [row("a b", "1", "Header")]}, [(1, "key")], "name of a header"),
			({"pull_parameters": [row("a", "1", "Cookie")]}, [(1, "place")], "no place"),
			({"pull_parameters": [row("a", "{since")]}, [(1, "value")], "single brace"),
			({"pull_parameters": [row("a", "{foo(since)}")]}, [(1, "value")], "does not exist"),
			({"pull_parameters": [row("a", "{order.id}")]}, [(1, "value")], "Known are"),
			({"paging": "GraphQL cursor"}, [(None, "page_place"), (None, "pull_graphql")], ""),
			({"paging": "GraphQL cursor", "pull_graphql": QUERY}, [], ""),
			(
				{"paging": "GraphQL cursor", "pull_graphql": QUERY, "page_parameter": "cursor"},
				[(None, "pull_graphql")],
				"$cursor",
			),
			({"paging": "Changed since"}, [], ""),
			({"paging": "Changed since", "pull_parameters": []}, [(None, "pull_parameters")], "{since}"),
			({"paging": "Changed since", "pull_parameters": [row("a", "{@.since}")]}, [], ""),
			(
				{"paging": "Changed since", "pull_parameters": [], "pull_path": "/x?from={since}"},
				[],
				"",
			),
			({"paging": "Next URL", "pull_path": "{"}, [(None, "page_next"), (None, "pull_path")], ""),
		],
	)
	def test_problems(self, values, found, words):
		problems = check_values({**self.GOOD, **values})
		assert [(problem.row, problem.field) for problem in problems] == found
		assert not words or words in str(problems[0])
