"""One effect for one key: the same order twenty times at once, keys reused, calls that fail, and workers that die."""

from __future__ import annotations

import json
from collections import Counter
from unittest.mock import patch

import frappe
import requests

from erp_connect.served import idempotency
from erp_connect.store import keys, locks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import (
	API,
	HEADERS,
	DyingServer,
	InboundTestCase,
	at_once,
	served,
	wsgi,
)


def order(**values) -> dict:
	return {
		"id": make.unique("O"),
		"currency": "USD",
		"customer": {
			"id": "c-1",
			"first_name": "Ann",
			"last_name": make.unique("Lee"),
			"email": f"{frappe.generate_hash(length=8)}@example.com",
		},
		"lines": [{"id": "l1", "sku": "KEYED-1", "name": "Apple", "quantity": 2, "unit_price": "10.00"}],
		"total": "20.00",
		**values,
	}


class TestTwentyAtOnce(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.selling_item("KEYED-1")
		self.change(warehouse=make.warehouse())

	def twenty(self, key: str = "") -> None:
		body, sites = order(), (self.site, served("second"))
		answers = at_once(20, lambda number: self.call("create_order", body, key=key, site=sites[number % 2]))
		self.assertEqual(Counter(answer.status_code for answer in answers), {200: 20}, answers[0].text)
		self.assertEqual(len({answer.text for answer in answers}), 1, answers[0].text)
		name = answers[0].json()["order_id"]
		self.assertEqual(self.count("Sales Order", po_no=body["id"]), 1)
		self.assertEqual(frappe.db.get_value("Sales Order", name, ["docstatus", "grand_total"]), (1, 20))
		self.assertEqual(len(self.links(remote_entity="order")), 1)
		self.assertEqual(self.count("Customer", customer_name=f"Ann {body['customer']['last_name']}"), 1)

	def test_identical_orders_without_a_key_make_one_sales_order_and_equal_answers(self):
		self.twenty()

	def test_identical_orders_with_one_key_make_one_sales_order_and_one_event(self):
		self.twenty(key="k-1")
		self.assertEqual(self.statuses(), ["Processed"])

	def test_different_orders_of_one_customer_at_once_each_make_their_own(self):
		first = order()
		bodies = [{**first, "id": make.unique("O")} for _ in range(6)]
		answers = at_once(6, lambda number: self.call("create_order", bodies[number]))
		self.assertEqual({answer.status_code for answer in answers}, {200}, [a.text for a in answers])
		self.assertEqual(len({answer.json()["order_id"] for answer in answers}), 6)
		self.assertEqual(len({answer.json()["customer_id"] for answer in answers}), 1)

	def test_orders_that_bring_the_same_new_article_and_people_of_the_same_name(self):
		self.change(missing_item="Create the item", item_group=make.leaf("Item Group"))
		sku, name = make.unique("SKU"), make.unique("Smith")
		bodies = [
			order(
				customer={"id": f"n-{number}", "name": name},
				lines=[{"id": "1", "sku": sku, "name": "New", "quantity": 1, "unit_price": "20.00"}],
			)
			for number in range(6)
		]
		answers = at_once(6, lambda number: self.call("create_order", bodies[number]))
		self.assertEqual({answer.status_code for answer in answers}, {200}, [a.text for a in answers])
		self.assertEqual(self.count("Item", item_code=sku), 1)
		self.assertEqual(len({answer.json()["customer_id"] for answer in answers}), 6)


class TestKeys(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer_flow()
		self.commit()

	def upsert(self, name: str, key: str, **more):
		return self.call(
			"upsert", {"entity": "customer", "record": {"id": "1", "name": name, **more}}, key=key
		)

	def test_the_answer_is_repeated_and_nothing_is_done_again(self):
		first = self.upsert(make.unique("Ann"), "k")
		self.assertNotIn("Idempotent-Replayed", first.headers)
		body = json.loads(first.request.body)
		doc = frappe.get_doc("Customer", self.ok(first)["name"])
		doc.customer_name = "changed meanwhile"
		doc.save()
		self.commit()
		again = self.call("upsert", body, key="k")
		self.assertEqual((again.status_code, again.text), (first.status_code, first.text))
		self.assertEqual(again.headers["Idempotent-Replayed"], "true")
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Customer", doc.name, "customer_name"), "changed meanwhile")

	def test_another_body_with_the_key_is_refused(self):
		name = self.ok(self.upsert(make.unique("Ann"), "k"))["name"]
		self.refused(self.upsert("Bob", "k"), 422, "key_reused")
		self.assertNotEqual(frappe.db.get_value("Customer", name, "customer_name"), "Bob")

	def test_keys_belong_to_an_account_and_a_call(self):
		self.ok(self.upsert(make.unique("Ann"), "k"))
		self.ok(self.call("create_customer", {"customer_name": make.unique("Ann")}, key="k"))
		self.make_account("Other Shop", "other-key")
		make.flow("Customer", [], [make.row("customer_name", "name")], name="Other", integration="Other Shop",
			direction="Incoming", remote_entity="customer")  # fmt: skip
		self.commit()
		body = {"entity": "customer", "record": {"id": "1", "name": make.unique("Cid")}}
		answer = self.call("upsert", body, key="k", headers={"X-Api-Key": "other-key"})
		self.assertEqual(self.ok(answer)["action"], "created")

	def test_a_call_that_is_still_under_way_is_told_so(self):
		body = {"entity": "customer", "record": {"id": "1", "name": "Ann"}}
		with (
			patch.object(idempotency, "WAIT_SECONDS", 0.2),
			locks.one_at_a_time(f"idempotency:{keys.dedupe_key(make.ACCOUNT, 'upsert', 'slow')}"),
		):
			before = self.count("Customer")
			answer = wsgi("POST", f"{API}upsert", json=body, headers={**HEADERS, "Idempotency-Key": "slow"})
		self.assertEqual((answer.status_code, answer.json["error"]["code"]), (409, "in_progress"))
		self.assertGreater(int(answer.headers["Retry-After"]), 0)
		self.assertEqual(self.count("Customer"), before)
		self.ok(self.upsert("Ann", "slow"))

	def test_a_failed_call_may_be_tried_again_with_its_key(self):
		group = make.unique("Group")
		self.refused(self.upsert("Ann", "k", group=group), 422)
		self.assertEqual(self.statuses(), ["Failed"])
		self.assertIn(group, self.event().error)
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": group}).insert()
		self.commit()
		self.assertEqual(self.ok(self.upsert("Ann", "k", group=group))["action"], "created")
		self.assertEqual(self.statuses(), ["Processed"])
		self.assertEqual(self.event().error or "", "")

	def test_what_goes_wrong_after_the_answer_was_kept_undoes_nothing_of_it(self):
		"""As when something that waits for the commit finds no Redis: the documents are written for good by then."""
		name, settle = make.unique("Ann"), idempotency.settle

		def and_break(*arguments, **values) -> None:
			settle(*arguments, **values)
			frappe.db.after_commit.add(lambda: 1 / 0)

		body = {"entity": "customer", "record": {"id": "1", "name": name}}
		with patch.object(idempotency, "settle", and_break):
			wsgi("POST", f"{API}upsert", json=body, headers={**HEADERS, "Idempotency-Key": "k"})
		self.assertEqual(self.statuses(), ["Processed"])
		self.assertEqual(self.ok(self.call("upsert", body, key="k"))["action"], "created")
		self.assertEqual(self.count("Customer", customer_name=name), 1)

	def test_keys_that_cannot_be_kept_are_refused(self):
		for key in ("x" * 256, "caf\xe9"):
			answer = self.call(
				"upsert",
				{"entity": "customer", "record": {"id": "1", "name": "A"}},
				headers={"Idempotency-Key": key.encode("latin-1")},
			)
			self.refused(answer, 400, "bad_key")
		self.assertEqual(self.stored(), 0)


class TestKilledServer(InboundTestCase):
	"""A server is killed in the middle of a call; the next call with the key does it all."""

	def setUp(self) -> None:
		super().setUp()
		self.customer_flow()
		self.commit()

	def dies(self, place: str, when: str) -> None:
		name = make.unique("Ann")
		body = {"entity": "customer", "record": {"id": "1", "name": name}}
		victim = DyingServer(place, when)
		self.addCleanup(victim.process.kill)
		with self.assertRaises(requests.ConnectionError):
			self.call("upsert", body, key="k", site=victim)
		self.wait_for(lambda: not victim.process.running, 10, "the server did not die")
		self.assertEqual(self.statuses(), ["Processing"])
		self.assertEqual(self.count("Customer", customer_name=name), 0)
		self.assertEqual(self.links(), [])
		data = self.ok(self.call("upsert", body, key="k"))
		self.assertEqual(data["action"], "created")
		self.assertEqual(self.count("Customer", customer_name=name), 1)
		self.assertEqual(self.statuses(), ["Processed"])

	def test_between_the_claim_and_the_work(self):
		self.dies("erp_connect.served.endpoint:_work", "before")

	def test_between_the_writing_and_the_commit(self):
		self.dies("erp_connect.served.idempotency:settle", "after")
