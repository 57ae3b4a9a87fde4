"""Events that are sent in several requests: each result is kept, and what succeeded is never asked for again."""

from __future__ import annotations

import json

import frappe

from erp_connect.operate import replay
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply

STEP = "Step"
ORDERS = [{"id": "F-1", "status": "open"}, {"id": "F-2", "status": "closed"}]


def step(method: str, path: str, name: str, event: str = "Insert", **values) -> dict:
	return make.request(event, method, path, operation=STEP, step=name, **values)


def shipment(**label) -> list[dict]:
	"""Ask what is open, create for just that, then fetch a number and a label for what was created."""
	return [
		step("GET", "/open?brand={name}", "open"),
		make.request("Insert", "POST", "/brands"),
		make.request("Update", "PUT", "/brands/{external_id}"),
		step("POST", "/brands/{_steps.request.id}/number", "number", body="{parcel: _steps.request.id}"),
		step("POST", "/labels", "label", **{"body": "{number: _steps.number.code}", **label}),
	]


ROWS = [
	make.row("name", "name"),
	make.row("description", "text"),
	make.row("_steps.open.orders[?status == 'open'].id | [0]", "order"),
]


class StepsCase(ConnectTestCase):
	settings: dict = {}

	def setUp(self) -> None:
		super().setUp()
		make.account(
			self.receiver.url(), **{"retry_schedule": "2s, 2s", "breaker_threshold": 0, **self.settings}
		)
		self.receiver.script("/open", Reply(200, {"orders": ORDERS}))
		self.receiver.script("/brands/R-1/number", Reply(200, {"code": "AWB-9"}))
		self.receiver.script("/labels", Reply(200, {"label": "bGFiZWw=", "tracking": "T-77"}))
		self.commit()

	def flow(self, **values):
		doc = make.flow("Brand", values.pop("requests", shipment()), values.pop("rows", ROWS), **values)
		self.commit()
		return doc

	def asked(self) -> list[str]:
		return [f"{request.method} {request.path.partition('?')[0]}" for request in self.arrived()]

	ALL = ["GET /open", "POST /brands", "POST /brands/R-1/number", "POST /labels"]


class TestInOrder(StepsCase):
	def test_each_answer_is_used_by_the_steps_after_it(self):
		self.flow()
		doc = make.brand("red")
		self.deliver()
		self.assertEqual(self.asked(), self.ALL, self.history())
		_, created, number, label = self.arrived()
		self.assertEqual(created.json, {"name": doc.name, "text": "red", "order": "F-1"})
		self.assertEqual((number.json, label.json), ({"parcel": "R-1"}, {"number": "AWB-9"}))
		row = self.event()
		self.assertEqual((row.status, row.steps_done), ("Delivered", "open, request, number, label"))
		self.assertEqual([link.external_id for link in self.links()], ["R-1"])
		attempts = frappe.get_all("Sync Attempt", pluck="step", order_by="creation, started")
		self.assertCountEqual(attempts, ["open", "request", "number", "label"])

	def test_each_step_has_a_key_of_its_own(self):
		self.flow()
		make.brand()
		self.deliver()
		keys = [request.header("Idempotency-Key") for request in self.arrived()]
		self.assertEqual(len(set(keys)), 4)
		self.assertIn(self.event().idempotency_key, keys)

	def test_what_is_sent_is_not_kept_once_all_is_done(self):
		self.flow()
		make.brand()
		self.deliver()
		self.assertFalse(self.event().steps)

	def test_a_step_is_left_out_by_its_condition(self):
		self.flow(requests=shipment(condition="_steps.number.code == 'other'"))
		make.brand()
		self.deliver()
		self.assertEqual(self.asked(), self.ALL[:3])
		self.assertEqual(self.event().status, "Delivered")

	def test_nothing_more_is_sent_where_the_condition_of_its_own_request_is_not_met(self):
		requests = shipment()
		requests[1]["condition"] = "_steps.open.orders[?status == 'waiting']"
		self.flow(requests=requests)
		make.brand()
		self.deliver()
		self.assertEqual(self.asked(), self.ALL[:1])
		self.assertEqual((self.event().status, self.event().outcome), ("Skipped", "condition_not_met"))

	def test_two_events_of_one_document_go_one_after_the_other(self):
		requests = [*shipment(), step("POST", "/told", "told", "Update", body="{text: description}")]
		self.flow(requests=requests)
		self.receiver.script("/brands/R-1/number", "500", Reply(200, {"code": "AWB-9"}))
		doc = make.brand("first")
		self.deliver()
		doc.description = "second"
		doc.save()
		self.deliver()
		self.later()
		self.deliver()
		self.assertEqual(
			self.asked(),
			[*self.ALL[:3], self.ALL[2], self.ALL[3], "PUT /brands/R-1", "POST /told"],
			self.history(),
		)
		self.assertEqual(self.statuses(), ["Delivered", "Delivered"])
		self.assertEqual(self.arrived("/told")[0].json, {"text": "second"})

	def test_an_unchanged_document_is_not_sent_again(self):
		rows = ROWS[:2]
		self.flow(rows=rows, requests=[*shipment(), step("POST", "/told", "told", "Update")], only_changed=1)
		doc = make.brand("first")
		self.deliver()
		self.receiver.forget()
		doc.save()
		doc.db_set("description", "first")
		self.deliver()
		self.assertEqual(self.asked(), [], self.history())
		doc.description = "second"
		doc.save()
		self.deliver()
		self.assertEqual(self.asked(), ["PUT /brands/R-1", "POST /told"], self.history())

	def test_a_query_and_then_a_mutation(self):
		self.receiver.script(
			"/graphql",
			Reply(200, {"data": {"order": {"fulfillmentOrders": {"nodes": [{"id": "gid://F/1"}]}}}}),
			Reply(200, {"data": {"fulfillmentCreate": {"fulfillment": {"id": "gid://X/1"}}}}),
		)
		query = "query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 50) { nodes { id } } } }"
		self.flow(
			requests=[
				step("POST", "/graphql", "open", graphql_query=query, body="{id: name}"),
				make.request("Insert", "POST", "/graphql", operation="Create"),
			],
			rows=[
				make.row(
					"_steps.open.data.order.fulfillmentOrders.nodes[0].id",
					"fulfillment.lineItemsByFulfillmentOrder[0].fulfillmentOrderId",
				)
			],
			graphql_query="mutation($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) { id } }",
			external_id_expression="data.fulfillmentCreate.fulfillment.id",
		)
		doc = make.brand()
		self.deliver()
		asked, created = self.arrived()
		self.assertEqual(asked.json, {"query": query, "variables": {"id": doc.name}})
		self.assertEqual(
			created.json["variables"],
			{"fulfillment": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "gid://F/1"}]}},
		)
		self.assertEqual([link.external_id for link in self.links()], ["gid://X/1"])


class TestMidway(StepsCase):
	"""What goes wrong at a later step leaves the ones before it as they are."""

	def goes_on(self, path: str, *replies, tries: int = 2) -> None:
		self.flow()
		good = self.receiver._scripts.get(path) or []
		self.receiver.script(path, *replies, *good)
		make.brand()
		self.deliver()
		row = self.event()
		self.assertIn(row.status, ("Retrying", "Queued"), self.history())
		self.assertTrue(json.loads(row.steps)["answers"])
		self.later()
		self.deliver()
		self.assertEqual(self.event().status, "Delivered", self.history())
		counted = {asked: self.asked().count(asked) for asked in self.ALL}
		repeated = next(asked for asked in self.ALL if asked.endswith(path))
		self.assertEqual(counted, {**dict.fromkeys(self.ALL, 1), repeated: tries})
		self.assertEqual(len({request.header("Idempotency-Key") for request in self.arrived(path)}), 1)

	def test_an_error_at_the_events_own_request(self):
		self.goes_on("/brands", "500", Reply(201, {"id": "R-1"}))

	def test_an_error_at_a_later_step(self):
		self.goes_on("/brands/R-1/number", "500")

	def test_a_throttle_at_a_later_step(self):
		self.goes_on("/brands/R-1/number", Reply(429, {}, headers={"Retry-After": "30"}))

	def test_an_answer_that_is_lost_after_the_step_was_carried_out(self):
		self.goes_on("/brands/R-1/number", Reply(fault="close"))

	def test_a_page_of_html_is_no_answer_where_a_later_step_reads_it(self):
		self.goes_on("/brands/R-1/number", Reply(200, "<html>We are back soon</html>"))

	def test_what_failed_goes_on_by_a_retry_with_the_step_that_is_missing(self):
		self.flow()
		self.receiver.script("/labels", "422", Reply(200, {}))
		make.brand()
		self.deliver()
		row = self.event()
		self.assertEqual((row.status, row.steps_done), ("Failed", "open, request, number"))
		replay.retry([row.name])
		self.deliver()
		self.assertEqual(self.asked(), [*self.ALL, "POST /labels"])
		self.assertEqual(self.event().status, "Delivered")

	def test_a_change_meanwhile_is_not_joined_with_it(self):
		self.flow()
		self.receiver.script("/brands/R-1/number", "500", Reply(200, {"code": "AWB-9"}))
		doc = make.brand("first")
		self.deliver()
		for text in ("second", "third"):
			doc.description = text
			doc.save()
		self.later()
		self.deliver()
		self.assertEqual(self.asked(), [*self.ALL[:3], *self.ALL[2:], "PUT /brands/R-1"], self.history())
		self.assertEqual(self.arrived("/brands/R-1")[0].json["text"], "third")
		self.assertEqual(self.statuses(), ["Delivered", "Superseded", "Delivered"])

	def test_a_document_that_is_deleted_meanwhile_is_told(self):
		self.flow(requests=[step("GET", "/seen", "seen"), *shipment()])
		self.receiver.script("/open", "500", Reply(200, {"orders": ORDERS}))
		doc = make.brand()
		self.deliver()
		doc.delete()
		self.later()
		self.deliver()
		row = self.event(event="insert")
		self.assertEqual((row.status, row.outcome), ("Failed", "document_deleted"), self.history())
		self.assertIn("seen, open", row.error)
		self.assertEqual(self.arrived("/brands"), [])

	def test_a_replay_is_refused_with_words(self):
		self.flow()
		make.brand()
		self.deliver()
		name = self.event().name
		self.assertEqual(replay.replay([name]).created, [])
		self.assertIn("several steps", str(frappe.get_message_log()))
		with self.assertRaisesRegex(frappe.ValidationError, "several steps"):
			replay.replay_edited(name, "{}")
		self.assertEqual(len(self.events()), 1)

	def test_a_flow_whose_steps_were_renamed_meanwhile_is_told(self):
		flow = self.flow()
		self.receiver.script("/labels", "422")
		make.brand()
		self.deliver()
		for row in flow.requests:
			row.step = f"new_{row.step or 'own'}"
		flow.requests = [flow.requests[1], *flow.requests[2:3]]
		flow.rows = flow.rows[:2]
		flow.save()
		self.commit()
		replay.retry([self.event().name])
		self.deliver()
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "steps_changed"), self.history())


class TestPace(StepsCase):
	settings = {"rate_limit": 0.001, "burst": 2}

	def test_each_step_counts_for_the_accounts_rate(self):
		self.flow()
		make.brand()
		self.deliver()
		self.assertEqual(self.asked(), self.ALL[:2])
		frappe.db.sql("UPDATE `tabIntegration State` SET tokens = 2")
		self.later()
		self.deliver()
		self.assertEqual(self.asked(), self.ALL, self.history())


class TestKilledWorkers(StepsCase):
	def test_a_worker_that_dies_between_two_steps_leaves_what_was_reached(self):
		self.killed("erp_connect.outbound.building:build", "before")
		self.assertEqual(self.asked(), self.ALL, self.history())

	def test_a_worker_that_dies_with_a_step_on_its_way_repeats_that_one_alone_under_its_key(self):
		self.killed("erp_connect.calls.exchange:Connection._attempt", "third")
		self.assertEqual(self.asked(), self.ALL, self.history())

	def test_a_worker_that_dies_before_what_came_of_a_step_is_written_repeats_that_one(self):
		self.killed("erp_connect.outbound.settle:deliveries", "third")
		self.assertEqual(self.asked(), [*self.ALL[:3], *self.ALL[2:]], self.history())
		first, second = self.arrived("/brands/R-1/number")
		self.assertEqual(first.header("Idempotency-Key"), second.header("Idempotency-Key"))
		self.assertEqual(first.body, second.body)

	def killed(self, place: str, when: str) -> None:
		services.flush()
		self.flow()
		make.brand()
		self.commit()
		victim = services.Worker(die=place, when=when).start()
		self.addCleanup(victim.kill)
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		self.assertTrue(self.event().steps)
		self.later()
		self.deliver()
		self.assertEqual(self.event().status, "Delivered", self.history())
