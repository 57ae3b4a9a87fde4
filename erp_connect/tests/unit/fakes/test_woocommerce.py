"""The fake shop, judged by the vendor's own client: what it sends is taken, and what it needs is answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from woocommerce import API

from erp_connect.tests.fakes.woocommerce import WooCommerce, fixture


@pytest.fixture
def shop() -> Iterator[WooCommerce]:
	fake = WooCommerce()
	yield fake
	fake.stop()


def client(shop: WooCommerce, secret: str = "cs_fake") -> API:
	made = API(shop.url, shop.key, secret, version="wc/v3")
	made.is_ssl = True  # Basic, as over https
	return made


def test_lists_come_in_pages_with_their_headers(shop):
	for number in range(1, 6):
		shop.add("orders", fixture("order"), id=number)
	answer = client(shop).get("orders", params={"per_page": 2, "page": 2, "order": "asc"})
	assert [one["id"] for one in answer.json()] == [3, 4]
	assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("5", "3")
	assert answer.links["next"]["url"].startswith(shop.url)
	assert client(shop).get("orders", params={"page": 9}).json() == []


def test_changes_are_asked_for_by_their_time(shop):
	shop.add("orders", fixture("order"))
	params = {"modified_after": "2026-11-25T00:00:00", "dates_are_gmt": "true"}
	assert client(shop).get("orders", params=params).json() == []
	shop.change("orders", 7401, customer_note="x")
	assert len(client(shop).get("orders", params=params).json()) == 1


@pytest.mark.parametrize(
	("asked", "status", "code"),
	[
		(lambda api: api.get("orders", params={"per_page": 101}), 400, "rest_invalid_param"),
		(lambda api: api.get("orders/1"), 404, "woocommerce_rest_shop_order_invalid_id"),
		(lambda api: api.get("nothing"), 404, "rest_no_route"),
		(lambda api: api.put("orders/7401", {"status": "gone"}), 400, "rest_invalid_param"),
		(lambda api: api.put("products/501", {"regular_price": 5}), 400, "rest_invalid_param"),
		(lambda api: api.put("products/501", {"stock_quantity": 1.5}), 400, "rest_invalid_param"),
		(lambda api: api.post("orders/7401/notes", {}), 400, "rest_missing_callback_param"),
		(lambda api: api.post("webhooks", {"topic": "order.created"}), 400, "rest_missing_callback_param"),
		(lambda api: api.delete("webhooks/1"), 404, "woocommerce_rest_shop_webhook_invalid_id"),
	],
)
def test_what_the_vendor_refuses_is_refused_in_its_shape(shop, asked, status, code):
	shop.add("orders", fixture("order"))
	shop.add("products", fixture("product"))
	answer = asked(client(shop))
	error = answer.json()
	assert (answer.status_code, error["code"], error["data"]["status"]) == (status, code, status)
	assert error["message"]


def test_wrong_keys_and_keys_that_only_read(shop):
	assert client(shop, "cs_other").get("orders").status_code == 401
	shop.may_write = False
	assert (
		client(shop).post("products", {"name": "A"}).json()["code"] == "woocommerce_rest_authentication_error"
	)


def test_writes_are_kept(shop):
	shop.add("orders", fixture("order"))
	answer = client(shop).put("orders/7401", {"status": "completed"})
	assert (answer.status_code, shop.records["orders"][7401]["status"]) == (200, "completed")
	made = client(shop).post("products", {"name": "New", "sku": "N-1"}).json()
	assert client(shop).get(f"products/{made['id']}").json()["sku"] == "N-1"
	assert (
		client(shop).post("products", {"name": "New", "sku": "N-1"}).json()["code"] == "product_invalid_sku"
	)
