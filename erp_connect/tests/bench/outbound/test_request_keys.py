"""The idempotency key where a system wants it elsewhere than in the account's header, and lists in a GraphQL query."""

from __future__ import annotations

import frappe

from erp_connect.operate import preview
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

ROWS = [make.row("name", "name"), make.row("description", "text"), make.row("_key", "request.key")]
MUTATION = (
	"mutation add($input: Add!, $key: String) { add(input: $input, key: $key) { items { name id } errors } }"
)


class TestTheKeyInABody(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), retry_schedule="2s, 2s")

	def flow(self, rows=ROWS, requests=None, **values):
		doc = make.flow("Brand", requests or make.rest("/brands"), rows, **values)
		self.commit()
		return doc

	def keys(self) -> list[tuple[str, str]]:
		return [(one.json["request"]["key"], one.header("Idempotency-Key")) for one in self.arrived()]

	def test_it_is_the_same_at_each_try_and_another_one_for_the_next_event(self):
		self.flow()
		self.receiver.script("/brands", Reply(503), Reply(201, {"id": "R-1"}))
		doc = make.brand("red")
		self.deliver()
		self.later()
		self.deliver()
		doc.update({"description": "blue"}).save()
		self.deliver()
		self.assertEqual([body == header for body, header in self.keys()], [True] * 3)
		first, again, second = (body for body, _ in self.keys())
		self.assertEqual(first, again)
		self.assertNotEqual(first, second)

	def test_a_document_is_not_changed_by_it(self):
		self.flow()
		doc = make.brand("red")
		self.deliver()
		doc.update({"description": "blue"}).save()
		doc.update({"description": "red"}).save()
		self.deliver()
		self.assert_arrived(1)
		self.assertEqual(self.events()[-1].outcome, "nothing_changed")

	def test_it_may_stand_in_a_header_of_the_flow(self):
		self.flow(
			ROWS[:2], request_parameters=[{"place": "Header", "key": "X-Request-Id", "value": "{_key}"}]
		)
		make.brand("red")
		self.deliver()
		self.assertEqual(self.arrived()[0].header("X-Request-Id"), self.event().idempotency_key)

	def test_each_step_has_its_own(self):
		self.flow(
			requests=[
				make.request("Insert", "POST", "/brands"),
				make.request("Insert", "POST", "/labels", operation="Step", step="label", body="{request: {key: _key}}"),
			]
		)  # fmt: skip
		make.brand("red")
		self.deliver()
		(own, own_header), (label, label_header) = self.keys()
		self.assertEqual((own, label), (own_header, label_header))
		self.assertNotEqual(own, label)

	def test_each_record_of_a_batch_has_its_own(self):
		self.flow(batch_size=5, batch_path="records")
		names = [make.brand(str(number)).name for number in range(3)]
		self.deliver()
		(request,) = self.arrived()
		sent = {record["name"]: record["request"]["key"] for record in request.json["records"]}
		expected = {row.reference_name: row.idempotency_key for row in self.events()}
		self.assertEqual((sent, sorted(sent)), (expected, sorted(names)))

	def test_a_preview_shows_where_it_will_stand(self):
		doc = make.brand("red")
		shown = preview.preview(self.flow(), doc.name, "insert")
		self.assertEqual(shown["payload"]["request"], {"key": preview.SAMPLE_KEY})


class TestListsInAVariable(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.values = {
			"graphql_query": MUTATION,
			"batch_size": 5,
			"batch_path": "input.items",
			"batch_results": "data.add.items",
			"batch_record_key": "name",
			"batch_result_key": "name",
			"external_id_expression": "id",
		}

	def test_the_list_is_a_variable_and_each_record_has_its_result(self):
		make.brand_flow(**self.values)
		first, second, third = (make.brand(str(number)) for number in range(3))
		results = [{"name": third.name, "id": "3"}, {"name": first.name, "id": "1"}]
		self.receiver.script("/brands", Reply(200, {"data": {"add": {"items": results, "errors": None}}}))
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual(request.json["query"], MUTATION)
		sent = [item["name"] for item in request.json["variables"]["input"]["items"]]
		self.assertEqual(sent, [first.name, second.name, third.name])
		found = {row.reference_name: (row.status, row.external_id) for row in self.events()}
		self.assertEqual(found[first.name], ("Delivered", "1"))
		self.assertEqual(found[third.name], ("Delivered", "3"))
		self.assertEqual(found[second.name][0], "Failed")

	def test_errors_of_the_whole_answer_refuse_every_record(self):
		make.brand_flow(**self.values)
		make.brand("1"), make.brand("2")
		self.receiver.script("/brands", Reply(200, {"errors": [{"message": "Variable $input is invalid"}]}))
		self.deliver()
		self.assertEqual(self.statuses(), ["Failed"] * 2)
		self.assertIn("Variable $input is invalid", self.events()[0].error)

	def test_without_a_variable_for_the_list_it_is_refused_at_save(self):
		with self.assertRaisesRegex(frappe.ValidationError, "List goes to"):
			make.brand_flow(**{**self.values, "batch_path": ""})
