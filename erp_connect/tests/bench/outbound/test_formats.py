"""What goes over the wire: batches, GraphQL, XML, forms, signatures, and what the receiver is shown."""

from __future__ import annotations

from urllib.parse import parse_qs

import defusedxml.ElementTree
import frappe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from erp_connect.api import accounts
from erp_connect.operate import replay
from erp_connect.patches import batch_results_in_order
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


class TestBatches(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow(
			batch_size=3,
			batch_path="records",
			batch_results="results",
			batch_in_order=1,
			batch_item_success="ok",
			batch_item_error="why",
		)
		self.commit()

	def test_records_share_a_request_and_each_has_its_own_result(self):
		docs = [make.brand(str(number)) for number in range(4)]
		self.receiver.script(
			"/brands",
			Reply(
				200,
				{"results": [{"ok": True, "id": 11}, {"ok": False, "why": "taken"}, {"ok": True, "id": 13}]},
			),
			Reply(200, {"results": [{"ok": True, "id": 14}]}),
		)
		self.deliver()
		self.assertEqual(
			[[record["name"] for record in request.json["records"]] for request in self.arrived()],
			[[doc.name for doc in docs[:3]], [docs[3].name]],
		)
		self.assertEqual(self.statuses(), ["Delivered", "Failed", "Delivered", "Delivered"])
		self.assertIn("taken", self.events()[1].error)
		self.assertEqual(
			{link.document_name: link.external_id for link in self.links()},
			{docs[0].name: "11", docs[2].name: "13", docs[3].name: "14"},
		)

	def test_a_batch_that_failed_together_goes_again_together_with_the_same_key(self):
		for number in range(2):
			make.brand(str(number))
		self.receiver.script(
			"/brands", Reply(503), Reply(200, {"results": [{"ok": True, "id": 1}, {"ok": True, "id": 2}]})
		)
		self.deliver()
		self.later()
		late = make.brand("late")
		self.receiver.script(
			"/brands",
			Reply(200, {"results": [{"ok": True, "id": 1}, {"ok": True, "id": 2}]}),
			Reply(200, {"results": [{"ok": True, "id": 3}]}),
		)
		self.deliver()
		first, second, third = self.arrived()
		self.assertEqual(first.body, second.body)
		self.assertEqual(first.header("Idempotency-Key"), second.header("Idempotency-Key"))
		self.assertEqual(third.json["records"][0]["name"], late.name)

	def test_an_answer_with_too_few_results_is_an_unknown_outcome(self):
		for number in range(2):
			make.brand(str(number))
		self.receiver.script("/brands", Reply(200, {"results": [{"ok": True, "id": 1}]}))
		self.deliver()
		self.assertEqual({(row.status, row.frozen) for row in self.events()}, {("Retrying", 1)})
		self.assertEqual(self.links(), [])


class TestBatchesByKey(ConnectTestCase):
	"""Results that come in another order than the records, or not at all."""

	def batches(self, **values) -> None:
		make.account(self.receiver.url())
		make.brand_flow(
			**{
				"batch_size": 3,
				"batch_path": "records",
				"batch_results": "[results, errors][]",
				"batch_record_key": "name",
				"batch_result_key": "properties.name || context.name",
				"batch_item_success": "id",
				"batch_item_error": "message",
				**values,
			}
		)

	def taken(self, doc, number: int) -> dict:
		return {"id": number, "properties": {"name": doc.name}}

	def ids(self) -> dict[str, str]:
		return {link.document_name: link.external_id for link in self.links()}

	def test_two_customers_answered_the_other_way_round_keep_their_own_ids(self):
		self.batches()
		first, second = make.brand("1"), make.brand("2")
		self.receiver.script(
			"/brands", Reply(200, {"results": [self.taken(second, 2), self.taken(first, 1)]})
		)
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered", "Delivered"])
		self.assertEqual(self.ids(), {first.name: "1", second.name: "2"})

	def test_of_two_in_a_207_only_the_refused_one_fails(self):
		self.batches()
		for number, names_it in ((1, True), (2, False)):  # the refusal names its record, or it does not
			first, second = make.brand("1"), make.brand("2")
			refusal = {"message": "name is taken", "context": {"name": first.name} if names_it else {}}
			answer = {"results": [self.taken(second, number)], "errors": [refusal]}
			self.receiver.script("/brands", Reply(207, answer))
			self.deliver()
			row = self.event(reference_name=first.name)
			self.assertEqual((row.status, row.outcome, row.frozen), ("Failed", "refused", 0))
			self.assertIn("name is taken", row.error)
			self.assertEqual(self.event(reference_name=second.name).status, "Delivered")
			self.assertIn(second.name, self.ids())
			self.assertNotIn(first.name, self.ids())

	def test_what_stands_beside_the_list(self):
		self.batches(batch_beside='{"all_or_none": false, "keys": ["name"]}')
		doc = make.brand("1")
		self.receiver.script("/brands", Reply(200, {"results": [self.taken(doc, 1)]}))
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual((request.json["all_or_none"], request.json["keys"]), (False, ["name"]))
		self.assertEqual([one["name"] for one in request.json["records"]], [doc.name])

	def test_what_cannot_stand_beside_a_list_is_refused_at_save(self):
		make.account(self.receiver.url())
		keys = {"batch_size": 2, "batch_results": "r", "batch_record_key": "name", "batch_result_key": "name"}
		for beside, path in (("[1]", "records"), ('{"a": 1}', ""), ("{", "records")):
			with self.assertRaises(frappe.ValidationError):
				make.brand_flow(**keys, batch_beside=beside, batch_path=path)

	def test_of_three_refused_together_only_the_wrong_one_fails(self):
		self.batches()
		wrong, right, other = (make.brand(text) for text in ("wrong", "right", "other"))
		self.receiver.script(
			"/brands",
			Reply(400, {"message": "description is wrong"}),
			Reply(400, {"message": "description is wrong"}),
			Reply(200, {"results": [self.taken(right, 2)]}),
			Reply(200, {"results": [self.taken(other, 3)]}),
		)
		self.deliver()
		self.deliver()
		sizes = [len(one.json["records"]) for one in self.arrived()]
		self.assertEqual(sizes, [3, 1, 1, 1])
		self.assertEqual(
			(self.event(reference_name=wrong.name).status, set(self.ids())),
			("Failed", {right.name, other.name}),
		)

	def test_two_that_exist_already_are_told_one_by_one(self):
		self.batches(
			external_id_expression="id", answer_rules=[{"statuses": "409", "verdict": "Exists already"}]
		)
		first, second = make.brand("1"), make.brand("2")
		self.receiver.script(
			"/brands",
			Reply(409, {"id": 9}),
			Reply(409, {"id": 1}),
			Reply(409, {"id": 2}),
		)
		self.deliver()
		self.deliver()
		self.assertEqual(self.ids(), {first.name: "1", second.name: "2"})

	def test_a_deletion_without_a_body_goes_by_itself(self):
		self.batches()
		brands = [make.brand(str(number)) for number in range(2)]
		self.receiver.script(
			"/brands", Reply(200, {"results": [self.taken(one, n) for n, one in enumerate(brands, 1)]})
		)
		self.deliver()
		for one in brands:
			one.delete()
		self.deliver()
		deleted = [one for one in self.arrived() if one.method == "DELETE"]
		self.assertEqual([(one.path, one.body) for one in deleted], [("/brands/1", b""), ("/brands/2", b"")])

	def test_a_record_without_a_result_is_unknown_and_found_again_by_a_retry(self):
		self.batches()
		first, second = make.brand("1"), make.brand("2")
		self.receiver.script(
			"/brands",
			Reply(200, {"results": [self.taken(first, 1)]}),
			Reply(200, {"results": [self.taken(second, 2)]}),
		)
		self.deliver()
		self.later()
		self.deliver()
		self.assert_arrived(1)  # the answer to a repetition would say no more
		self.assertEqual(self.statuses(), ["Delivered", "Failed"])
		row = self.events()[1]
		self.assertEqual((row.outcome, row.frozen), ("no_result", 1))
		self.assertEqual(replay.retry([row.name]), 1)
		self.deliver()
		self.assertEqual(self.ids(), {first.name: "1", second.name: "2"})

	def test_an_answer_with_two_results_of_one_record_says_nothing_of_it(self):
		self.batches()
		first, second = make.brand("1"), make.brand("2")
		results = [self.taken(first, 1), self.taken(second, 2), self.taken(first, 3)]
		self.receiver.script("/brands", Reply(200, {"results": results}))
		self.deliver()
		self.assertEqual(self.ids(), {second.name: "2"})

	def test_records_with_one_key_go_apart_and_one_without_goes_alone(self):
		self.batches(batch_record_key="text")
		for text in ("a", "b", "a", ""):
			make.brand(text)
		self.deliver()
		self.assertEqual(
			[[record["text"] for record in request.json["records"]] for request in self.arrived()],
			[["a", "b"], ["a"], [""]],
		)


class TestBatchesInOrder(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def test_results_that_nothing_assigns_are_refused_at_save(self):
		with self.assertRaisesRegex(frappe.ValidationError, "Key in the record"):
			make.brand_flow(batch_size=2, batch_results="results")
		with self.assertRaisesRegex(frappe.ValidationError, "Enter both"):
			make.brand_flow(batch_size=2, batch_results="results", batch_record_key="name", batch_in_order=1)

	def test_a_payload_format_that_batches_do_not_have_is_refused_at_save(self):
		shop = frappe.get_doc("Integration Settings", make.ACCOUNT)
		for form in ("XML", "Form", "Multipart"):
			shop.update({"payload_format": form, "xml_root": "record"}).save()
			with self.assertRaisesRegex(
				frappe.ValidationError, f"payload format of account Test Shop is {form}"
			):
				make.brand_flow(batch_size=2)
		flow = make.brand_flow(batch_size=2, payload_format="JSON")
		shop.update({"payload_format": "JSON"}).save()
		flow.update({"payload_format": ""}).save()
		with self.assertRaisesRegex(frappe.ValidationError, flow.name):
			shop.update({"payload_format": "XML"}).save()
		flow.reload().update({"payload_format": "JSON"}).save()
		shop.reload().update({"payload_format": "XML"}).save()

	def test_a_promise_that_is_not_kept_is_not_believed(self):
		make.brand_flow(batch_size=2, batch_results="results", batch_in_order=1)
		first, second = make.brand("1"), make.brand("2")
		results = [{"id": 2, "name": second.name}, {"id": 1, "name": first.name}]
		self.receiver.script("/brands", Reply(200, {"results": results}))
		self.deliver()
		self.assertEqual([(row.status, row.outcome) for row in self.events()], [("Failed", "no_result")] * 2)
		self.assertEqual(self.links(), [])

	def test_a_207_that_nothing_judges_is_no_success(self):
		make.brand_flow(batch_size=2)
		make.flow("Item Group", make.rest("/groups"), [make.row("name", "name")])
		for path in ("/brands", "/groups"):
			self.receiver.script(path, Reply(207, {"id": 7, "errors": []}))
		make.brand()
		frappe.get_doc({"doctype": "Item Group", "item_group_name": make.unique("Group")}).insert()
		self.deliver()
		self.assertEqual([(row.status, row.outcome) for row in self.events()], [("Failed", "partial")] * 2)

	def test_flows_of_before_keep_what_their_form_said(self):
		flow = make.brand_flow(batch_size=2, batch_results="results", batch_in_order=1)
		keyed = make.flow(
			"Brand", make.rest("/b"), [make.row("name", "name")], "Keyed", batch_size=2, batch_results="results",
			batch_record_key="name", batch_result_key="name",
		)  # fmt: skip
		flow.db_set("batch_in_order", 0)
		batch_results_in_order.execute()
		self.assertEqual(
			[frappe.db.get_value("Field Mapping", doc.name, "batch_in_order") for doc in (flow, keyed)],
			[1, 0],
		)


class TestFormats(ConnectTestCase):
	def send(self, account: dict | None = None, **flow):
		make.account(self.receiver.url(), **(account or {}))
		make.brand_flow(**flow)
		self.doc = make.brand("a < b & ü")
		self.deliver()
		return self.arrived()[0]

	def test_graphql(self):
		query = "mutation ($name: String!, $text: String) { brandCreate(name: $name, text: $text) { id } }"
		self.receiver.script("/brands", Reply(200, {"data": {"brandCreate": {"id": "gid://7"}}}))
		sent = self.send(graphql_query=query, external_id_expression="data.brandCreate.id")
		self.assertEqual(
			sent.json, {"query": query, "variables": {"name": self.doc.name, "text": "a < b & ü"}}
		)
		self.assertEqual(self.links()[0].external_id, "gid://7")

	def test_errors_of_graphql_come_with_status_200(self):
		self.receiver.script("/brands", Reply(200, {"errors": [{"message": "no such field"}]}))
		self.send(graphql_query="mutation { x }", external_id_expression="data.x.id")
		self.assertEqual(self.event().status, "Failed")
		self.assertIn("no such field", self.event().error)

	def test_xml(self):
		self.receiver.script(
			"/brands", Reply(201, b"<answer><id>X-1</id></answer>", {"Content-Type": "application/xml"})
		)
		sent = self.send({"payload_format": "XML", "xml_root": "brand"}, external_id_expression="answer.id")
		self.assertIn("xml", sent.header("Content-Type"))
		root = defusedxml.ElementTree.fromstring(sent.body)
		self.assertEqual(
			(root.tag, root.findtext("name"), root.findtext("text")), ("brand", self.doc.name, "a < b & ü")
		)
		self.assertEqual(self.links()[0].external_id, "X-1")

	def test_form(self):
		sent = self.send({"payload_format": "Form"})
		self.assertEqual(sent.header("Content-Type").split(";")[0], "application/x-www-form-urlencoded")
		self.assertEqual(parse_qs(sent.body.decode()), {"name": [self.doc.name], "text": ["a < b & ü"]})

	def test_configured_headers_and_query(self):
		sent = self.send(
			{
				"auth_type": "API Key",
				"parameters": [
					{"place": "Header", "key": "X-Shop", "value": "north"},
					{"place": "Header", "key": "X-Api-Key", "secret": "top-secret-key"},
					{"place": "Query", "key": "version", "value": "2"},
				],
			}
		)
		self.assertEqual((sent.header("X-Shop"), sent.header("X-Api-Key")), ("north", "top-secret-key"))
		self.assertEqual(sent.path, "/brands?version=2")

	def test_the_sandbox_switch_selects_the_other_address(self):
		self.send({"environment": "Sandbox", "sandbox_base_url": self.receiver.url("/sandbox")})
		self.assertEqual(self.arrived()[0].path, "/sandbox/brands")


class TestSignatures(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), signing_secret=SECRET)
		make.brand_flow()

	def send(self):
		make.brand("ü")
		self.deliver()
		return self.arrived()[-1]

	def test_the_reference_library_verifies_the_bytes_that_were_sent(self):
		sent = self.send()
		headers = {name.lower(): value for name, value in sent.headers.items()}
		self.assertEqual(Webhook(SECRET).verify(sent.body, headers)["text"], "ü")
		self.assertEqual(headers["webhook-id"], self.event().idempotency_key)
		self.assertRaises(WebhookVerificationError, Webhook(SECRET).verify, sent.body + b" ", headers)

	def test_after_a_rotation_both_secrets_verify_until_the_old_one_expires(self):
		new = accounts.rotate_signing_secret(make.ACCOUNT)
		sent = self.send()
		headers = {name.lower(): value for name, value in sent.headers.items()}
		for secret in (SECRET, new):
			Webhook(secret).verify(sent.body, headers)
		frappe.db.set_value(
			"Integration Settings", make.ACCOUNT, "previous_secret_expires", "2020-01-01 00:00:00"
		)
		sent = self.send()
		headers = {name.lower(): value for name, value in sent.headers.items()}
		Webhook(new).verify(sent.body, headers)
		self.assertRaises(WebhookVerificationError, Webhook(SECRET).verify, sent.body, headers)

	def test_a_repetition_is_signed_anew_over_the_same_bytes(self):
		self.receiver.script("/brands", "503,201")
		self.send()
		self.later()
		self.deliver()
		for sent in self.arrived():
			Webhook(SECRET).verify(sent.body, {name.lower(): value for name, value in sent.headers.items()})
		self.assertEqual(len({sent.body for sent in self.arrived()}), 1)
