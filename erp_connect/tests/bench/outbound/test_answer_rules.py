"""What becomes of events when rules say what answers mean, whatever their status."""

from __future__ import annotations

import frappe

from erp_connect.config import exchange_format
from erp_connect.core.delivery.advice import explain
from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.outbound.test_answers import AnswerTestCase
from erp_connect.tests.fakes.fault_server import Reply

THROTTLED = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED", "wait": 90}}]}


def rule(verdict: str, **values: str) -> dict[str, str]:
	return {"verdict": verdict, **values}


class RuleTestCase(AnswerTestCase):
	settings = {"breaker_threshold": 0}

	def rules(self, *rows, **values) -> None:
		account = self.account()
		account.update({"answer_rules": list(rows), **values})
		account.save()
		self.commit()


class TestThrottleInA200(RuleTestCase):
	def test_try_again_if_counts_for_a_mutation_answered_200_with_a_throttle_error(self):
		self.rules(retry_expression="errors[?extensions.code == 'THROTTLED']")
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.update(
			{"graphql_query": "mutation ($name: String!) { x }", "external_id_expression": "data.x.id"}
		)
		flow.save()
		row = self.send_one(Reply(200, THROTTLED), Reply(200, {"data": {"x": {"id": "gid://1"}}}))
		self.assertEqual((row.status, row.outcome), ("Retrying", "not_yet"))
		self.later()
		self.deliver()
		self.assertEqual((self.event().status, self.links()[0].external_id), ("Delivered", "gid://1"))

	def test_the_whole_account_waits_until_the_time_in_the_body(self):
		self.rules(rule("Slow down", condition="errors", until="errors[0].extensions.wait"))
		self.send_one(Reply(200, THROTTLED), "201")
		seconds = frappe.db.sql("SELECT throttled_until - UNIX_TIMESTAMP() FROM `tabIntegration State`")[0][0]
		self.assertTrue(80 <= seconds <= 91, seconds)
		make.brand()
		self.deliver()
		self.assert_arrived(1)

	def test_no_calls_left_make_the_account_wait_although_the_record_was_taken(self):
		left, reset = "header:X-RateLimit-Remaining = 0", "header:X-RateLimit-Reset"
		self.rules(rule("Slow down afterwards", condition=left, until=reset))
		headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"}
		row = self.send_one(Reply(201, {"id": "R-1"}, headers=headers), "201")
		self.assertEqual(row.status, "Delivered")
		make.brand()
		self.deliver()
		self.assert_arrived(1)
		self.later()
		self.deliver()
		self.assert_arrived(2)


class TestVerdicts(RuleTestCase):
	def test_a_token_that_expired_is_told_by_the_body(self):
		self.rules(rule("Token expired", condition="code == 'TOKEN'", message="The session is over."))
		self.send_one(Reply(200, {"code": "TOKEN"}))
		self.assertTrue(self.account().paused)
		self.assertEqual(self.event().status, "Retrying")

	def test_pending_is_asked_again_with_the_same_bytes_under_the_same_key(self):
		self.rules(rule("Pending", condition="state == 'PENDING'"), retry_schedule="2s, 2s, 2s")
		row = self.send_one(Reply(200, {"state": "PENDING"}), Reply(200, {"id": "R-1", "state": "DONE"}))
		self.assertEqual((row.status, row.outcome, row.frozen), ("Retrying", "pending", 1))
		self.later()
		self.deliver()
		first, second = self.arrived()
		self.assertEqual(
			(first.body, first.header("Idempotency-Key")), (second.body, second.header("Idempotency-Key"))
		)
		self.assertEqual((self.event().status, self.links()[0].external_id), ("Delivered", "R-1"))

	def test_a_record_that_exists_is_linked_and_gets_the_document_as_an_update(self):
		self.rules(rule("Exists already", statuses="409", condition="existing"))
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.external_id_expression = "id || existing"
		flow.save()
		doc = make.brand("mine")
		self.answers(Reply(409, {"existing": "R-77", "message": "taken"}))
		self.deliver()
		self.later()
		self.deliver()
		created, updated = self.arrived()
		self.assertEqual((updated.method, updated.path), ("PUT", "/brands/R-77"))
		self.assertEqual(updated.json["text"], "mine")
		self.assertNotEqual(created.header("Idempotency-Key"), updated.header("Idempotency-Key"))
		self.assertEqual(self.event().status, "Delivered")
		self.assertEqual([(row.document_name, row.external_id) for row in self.links()], [(doc.name, "R-77")])

	def test_one_that_nothing_names_waits_for_a_person(self):
		self.rules(rule("Exists already", statuses="409"))
		taken = Reply(409, {"message": "taken", "existing": "R-9"})
		row = self.send_one(taken, taken)
		self.assertEqual((row.status, row.outcome), ("Failed", "exists"))
		self.assertEqual(self.links(), [])
		# What the advice says to do works.
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.external_id_expression = "id || existing"
		flow.save()
		self.assertEqual(replay.retry([row.name]), 1)
		self.deliver()
		self.later()
		self.deliver()
		self.assertEqual([(r.method, r.path) for r in self.arrived()][-1], ("PUT", "/brands/R-9"))
		self.assertEqual((self.event().status, self.links()[0].external_id), ("Delivered", "R-9"))

	def test_one_that_another_document_is_linked_with_is_a_conflict(self):
		self.rules(rule("Exists already", statuses="409"))
		first = make.brand("1")
		self.answers(Reply(201, {"id": "R-1"}), Reply(409, {"id": "R-1"}))
		self.deliver()
		second = make.brand("2")
		self.deliver()
		row = self.event(reference_name=second.name)
		self.assertEqual((row.status, row.outcome), ("Failed", "link_conflict"))
		self.assertEqual(
			[(row.document_name, row.external_id) for row in self.links()], [(first.name, "R-1")]
		)

	def test_what_is_gone_fails_an_update_and_is_a_deletion_done(self):
		self.rules(rule("Gone", statuses="410"), rule("Gone", condition="code == 'DELETED'"))
		doc = make.brand("first")
		self.deliver()
		place = f"/brands/{self.links()[0].external_id}"
		self.receiver.script(place, Reply(410), Reply(200, {"code": "DELETED"}))
		doc.description = "second"
		doc.save()
		self.deliver()
		row = self.events()[-1]
		self.assertEqual((row.status, row.outcome), ("Failed", "record_gone"))
		self.assertFalse(self.account().paused)
		self.assertEqual(explain(row.outcome)[:20], "Delete the Sync Link")
		doc.delete()
		self.deliver()
		self.assertEqual((self.events()[-1].status, self.links()), ("Delivered", []))

	def test_nothing_to_do_is_skipped_and_says_so(self):
		self.rules(
			rule("Nothing to do", statuses="422", condition="code == 'SAME'", message="It is so already.")
		)
		row = self.send_one(Reply(422, {"code": "SAME"}))
		self.assertEqual((row.status, row.outcome), ("Skipped", "nothing_to_do"))
		self.assertIn("It is so already.", row.error)

	def test_rules_of_the_flow_go_before_those_of_the_account_and_are_exported(self):
		self.rules(rule("Refused", statuses="409"))
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.append("answer_rules", rule("Try again", statuses="409"))
		flow.save()
		self.assertEqual(self.send_one("409").outcome, "not_yet")
		copy = frappe.get_doc(
			"Field Mapping", exchange_format.import_(exchange_format.export(flow), make.ACCOUNT)
		)
		self.assertEqual([(row.statuses, row.verdict) for row in copy.answer_rules], [("409", "Try again")])

	def test_a_rule_judges_one_record_of_a_batch(self):
		self.rules(
			rule("Try again", condition="code == 'LOCKED'"), rule("Refused", statuses="200", condition="no")
		)
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.update(
			{
				"batch_size": 2,
				"batch_results": "@",
				"batch_record_key": "name",
				"batch_result_key": "name",
				"batch_item_success": "id",
			}
		)
		flow.save()
		first, second = make.brand("1"), make.brand("2")
		self.answers(Reply(200, [{"name": second.name, "code": "LOCKED"}, {"name": first.name, "id": 1}]))
		self.deliver()
		self.assertEqual(
			[(row.status, row.outcome) for row in self.events()],
			[("Delivered", ""), ("Retrying", "not_yet")],
		)

	def test_a_mistake_is_told_when_it_is_saved_with_its_row(self):
		for doc in (self.account(), frappe.get_doc("Field Mapping", "Test Brand")):
			doc.append("answer_rules", rule("Refused", statuses="409"))
			doc.append("answer_rules", rule("Try again"))
			with self.assertRaisesRegex(frappe.ValidationError, "row 2: Enter a status or a condition"):
				doc.save()
