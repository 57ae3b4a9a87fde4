"""The fake Magento, judged by the vendor's documents and by oauthlib: what it takes, answers and refuses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from erp_connect.core.guard.redaction import Secret
from erp_connect.tests.fakes.magento import Magento, fixture
from erp_connect.tests.fakes.magento_rules import QUANTITIES, checked
from erp_connect.tests.fakes.magento_search import Refused
from erp_connect.transport.auth.oauth1 import OAuth1Auth

BASE = "/rest/all/V1"
SORTED = "searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC"


@pytest.fixture
def shop() -> Iterator[Magento]:
	fake = Magento()
	fake.bearer_allowed = True
	yield fake
	fake.stop()


def call(shop: Magento, method: str, path: str, body: Any = None, token: str = "atoken") -> requests.Response:
	headers = {"Authorization": f"Bearer {token}"}
	return requests.request(method, f"{shop.url}{BASE}{path}", json=body, headers=headers, timeout=10)


def test_past_the_end_the_last_page_comes_again(shop):
	for number in range(1, 4):
		shop.add("orders", fixture("order"), entity_id=number)
	pages = []
	for page in (1, 2, 3):
		query = f"{SORTED}&searchCriteria[pageSize]=2&searchCriteria[currentPage]={page}"
		pages.append(call(shop, "GET", f"/orders?{query}").json())
	assert [[one["entity_id"] for one in page["items"]] for page in pages] == [[1, 2], [3], [3]]
	assert {page["total_count"] for page in pages} == {3}


def test_filters_of_a_group_are_alternatives_and_groups_add_up(shop):
	for number, state in ((1, "new"), (2, "complete"), (3, "canceled")):
		shop.add("orders", fixture("order"), entity_id=number, state=state, store_id=number)
	one = "searchCriteria[filter_groups][{}][filters][{}][{}]={}"
	query = "&".join(
		one.format(group, index, key, value)
		for group, index, field, wanted in (
			(0, 0, "state", "new"),
			(0, 1, "state", "canceled"),
			(1, 0, "store_id", "3"),
		)
		for key, value in (("field", field), ("value", wanted))
	)
	assert [found["entity_id"] for found in call(shop, "GET", f"/orders?{query}").json()["items"]] == [3]


@pytest.mark.parametrize(
	("method", "path", "body", "status"),
	[
		("GET", "/orders", None, 400),
		("GET", "/orders?searchCriteria[filter_groups][0][filters][0][field]=nothing", None, 400),
		("GET", "/orders/1", None, 404),
		("GET", "/nothing", None, 404),
		("POST", "/orders/106/comments", {"statusHistory": {"text": "x"}}, 400),
		("POST", "/orders/106/comments", {"statusHistory": {"is_customer_notified": 1}}, 400),
		("POST", "/products", {"product": {"sku": "A"}}, 400),
		("POST", "/products", {"sku": "A"}, 400),
		(
			"POST",
			"/inventory/source-items",
			{"sourceItems": [{"sku": "A", "quantity": "5", "source_code": "default"}]},
			400,
		),
		("POST", "/inventory/source-items", {"sourceItems": [{"sku": "A", "source_code": "elsewhere"}]}, 400),
		("POST", "/orders/106/cancel", None, 200),
	],
)
def test_what_is_taken_and_what_is_refused(shop, method, path, body, status):
	shop.add("orders", fixture("order"))
	assert call(shop, method, path, body).status_code == status


def test_who_is_not_the_integration_is_refused(shop):
	assert call(shop, "GET", "/orders?searchCriteria=", token="other").status_code == 401
	shop.bearer_allowed = False
	assert call(shop, "GET", "/orders?searchCriteria=").status_code == 401


@pytest.mark.parametrize("secret", ["csecret", "other"])
def test_oauth_is_verified(shop, secret):
	proof = OAuth1Auth("ckey", Secret(secret), Secret("atoken"), Secret("asecret"))
	request = requests.Request(
		"GET", f"{shop.url}{BASE}/orders?{SORTED}&searchCriteria[pageSize]=5"
	).prepare()
	request.now = time.time()
	answers = [requests.Session().send(proof(request), timeout=10).status_code]
	# The same nonce again.
	answers.append(requests.Session().send(request, timeout=10).status_code)
	assert answers == ([200, 401] if secret == "csecret" else [401, 401])


def test_refused_prices_are_told_with_a_success(shop):
	answer = call(
		shop, "POST", "/products/base-prices", {"prices": [{"price": 5, "store_id": 0, "sku": "NONE"}]}
	)
	assert (answer.status_code, len(answer.json())) == (200, 1)


def test_a_type_that_does_not_fit_is_refused():
	with pytest.raises(Refused):
		checked([{"order_item_id": "301", "qty": 1}], QUANTITIES)
