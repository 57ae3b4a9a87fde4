"""Records that may be there already, at systems that know no keys for repeated requests: looked for, linked, never made twice."""

from __future__ import annotations

import json
import unittest
from typing import Any

import frappe

from erp_connect.api import flows
from erp_connect.config.request_steps import Step
from erp_connect.operate import replay
from erp_connect.outbound import backfill
from erp_connect.store import bindings
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.outbound.test_steps import StepsCase, step
from erp_connect.tests.fakes.fault_server import Reply

LOOK, MAKE, LABEL = "GET /parcels", "POST /brands", "POST /labels"
NOTHING, THERE = Reply(200, {"parcels": []}), Reply(200, {"parcels": [{"id": "R-1"}]})


def requests(**own: Any) -> list[dict]:
	"""Ask what there is, create what is not, then order a label for it."""
	return [
		step("GET", "/parcels?brand={name}", "seen"),
		make.request(
			"Insert", "POST", "/brands", operation="Create", existing="_steps.seen.parcels[].id", **own
		),
		step("POST", "/labels", "label", body="{parcel: external_id}"),
	]


class TestAlreadyThere(StepsCase):
	def sent(self, *looks: Reply, makes: tuple = (), **flow: Any) -> Any:
		"""A brand of which these looks say what there is; the row of its event."""
		self.flow(**{"requests": requests(), "rows": [make.row("name", "name")], **flow})
		self.receiver.script("/parcels", *looks)
		self.receiver.script("/brands", *makes, Reply(201, {"id": "R-1"}))
		self.brand = make.brand("red")
		self.deliver()
		return self.event()

	def again(self, times: int = 1) -> Any:
		for _ in range(times):
			self.later()
			self.deliver()
		return self.event()

	def test_what_is_not_there_is_created(self):
		self.assertEqual(self.sent(NOTHING).status, "Delivered", self.history())
		self.assertEqual(self.asked(), [LOOK, MAKE, LABEL])

	def test_what_is_there_is_linked_and_the_event_goes_on(self):
		row = self.sent(THERE)
		self.assertEqual((row.status, row.steps_done), ("Delivered", "seen, request, label"), self.history())
		self.assertEqual(self.asked(), [LOOK, LABEL])
		self.assertEqual(self.arrived("/labels")[0].json, {"parcel": "R-1"})
		self.assertEqual(
			[(link.document_name, link.external_id) for link in self.links()], [(self.brand.name, "R-1")]
		)

	def test_what_another_document_is_linked_with_is_not_this_one(self):
		self.sent(NOTHING)
		self.receiver.forget()
		self.receiver.script("/parcels", Reply(200, {"parcels": [{"id": "R-1"}]}))
		self.receiver.script("/brands", Reply(201, {"id": "R-2"}))
		other = make.brand("blue")
		self.deliver()
		self.assertEqual(self.asked(), [LOOK, MAKE, LABEL], self.history())
		self.assertEqual(self.links(document_name=other.name)[0].external_id, "R-2")

	def test_an_answer_that_is_lost_makes_it_look_before_it_creates_again(self):
		self.assertEqual(self.sent(NOTHING, THERE, makes=(Reply(fault="close"),)).status, "Retrying")
		self.assertEqual(self.again().status, "Delivered", self.history())
		self.assertEqual(self.asked(), [LOOK, MAKE, LOOK, LABEL])
		first, second = self.arrived("/parcels")
		self.assertNotEqual(first.header("Idempotency-Key"), second.header("Idempotency-Key"))

	def test_what_was_lost_before_it_was_carried_out_is_created_once(self):
		self.sent(NOTHING, NOTHING, makes=(Reply(fault="close"),))
		self.assertEqual(self.again().status, "Delivered", self.history())
		self.assertEqual(self.asked(), [LOOK, MAKE, LOOK, MAKE, LABEL])

	def test_a_step_above_that_changes_something_goes_out_with_the_same_key(self):
		steps = [step("POST", "/customers", "buyer", body="{name: name}"), *requests()]
		self.sent(NOTHING, makes=(Reply(503),), requests=steps)
		self.again()
		keys = [
			[one.header("Idempotency-Key") for one in self.arrived(path)]
			for path in ("/customers", "/parcels")
		]
		self.assertEqual([len(found) for found in keys], [2, 2], self.history())
		self.assertEqual([len(set(found)) for found in keys], [1, 2])

	def test_what_is_linked_is_not_created_by_an_event_that_comes_again(self):
		self.sent(NOTHING, only_changed=0)
		self.receiver.forget()
		name = flows.start_backfill("Test Brand", json.dumps([["name", "=", self.brand.name]]))
		self.commit()
		backfill.run(name)
		self.deliver()
		row = self.events()[-1]
		self.assertEqual((row.status, row.outcome), ("Skipped", "already_there"), self.history())
		self.assertEqual(self.asked(), [])

	def test_what_is_linked_while_it_is_looked_goes_on(self):
		self.sent(NOTHING, makes=("503",))
		sync = {"integration": make.ACCOUNT, "remote_entity": "brand", "document_type": "Brand"}
		bindings.bind_received(**sync, document_name=self.brand.name, external_id="R-1")
		self.commit()
		self.assertEqual(self.again().status, "Delivered", self.history())
		self.assertEqual(self.asked(), [LOOK, MAKE, LOOK, LABEL])

	def test_a_look_that_fails_meanwhile_is_repeated_and_never_passed_over(self):
		self.sent(NOTHING, "503", THERE, makes=(Reply(fault="close"),))
		self.assertEqual(self.again(2).status, "Delivered", self.history())
		self.assertEqual(self.asked(), [LOOK, MAKE, LOOK, LOOK, LABEL])

	def test_its_tries_come_to_an_end(self):
		self.sent(NOTHING, makes=("500",) * 9)
		row = self.again(6)
		self.assertEqual((row.status, self.asked().count(MAKE)), ("Failed", 3), self.history())

	def test_a_retry_after_a_refusal_looks_again(self):
		self.looks_again_at_a_retry("422")

	def test_a_retry_after_lost_answers_looks_again(self):
		self.looks_again_at_a_retry(Reply(fault="close"))

	def looks_again_at_a_retry(self, how: Any) -> None:
		self.sent(NOTHING, makes=(how,) * 3)
		self.assertEqual(self.again(6).status, "Failed", self.history())
		made = self.asked().count(MAKE)
		self.receiver.script("/parcels", THERE)
		replay.retry([self.event().name])
		self.deliver()
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(self.asked().count(MAKE), made)

	def test_a_request_that_is_only_made_if_an_answer_says_so_is_judged_anew(self):
		look, own, _label = requests(condition="!(_steps.seen.parcels)")
		self.sent(NOTHING, THERE, makes=(Reply(fault="close"),), requests=[look, {**own, "existing": ""}])
		row = self.again()
		self.assertEqual((row.status, row.outcome), ("Skipped", "condition_not_met"), self.history())
		self.assertEqual(self.asked(), [LOOK, MAKE, LOOK])

	def test_a_worker_that_dies_after_it_was_created_looks_again(self):
		services.flush()
		rows = requests()
		self.flow(
			requests=[rows[0], step("GET", "/open", "open"), *rows[1:]],
			rows=[make.row("_steps.open.orders[0].id", "order")],
		)
		self.receiver.script("/parcels", NOTHING, THERE)
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}))
		make.brand()
		self.commit()
		victim = services.Worker(die="erp_connect.outbound.settle:deliveries", when="third").start()
		self.addCleanup(victim.kill)
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		self.assertEqual(self.asked().count(MAKE), 1, self.history())
		self.assertEqual(self.again().status, "Delivered", self.history())
		self.assertEqual((self.asked().count(MAKE), self.asked().count(LOOK)), (1, 2), self.history())

	def test_half_a_list_is_no_answer_to_build_on(self):
		half = {"hasNextPage": True, "endCursor": "a"}
		row = self.sent(Reply(200, {"parcels": [], "more": {"nodes": [], "pageInfo": half}}), NOTHING)
		self.assertEqual((row.status, row.outcome), ("Failed", "list_goes_on"), self.history())
		self.assertIn("more", row.error)
		self.assertEqual(self.asked(), [LOOK])
		replay.retry([row.name])
		self.deliver()
		self.assertEqual(self.event().status, "Delivered", self.history())


class TestQuestions(unittest.TestCase):
	def test_a_mutation_is_none_also_behind_a_comment_or_a_fragment(self):
		for query in (
			"mutation { a }",
			"# void it\nmutation($id: ID!) { a }",
			"fragment F on X { id }\nmutation { a }",
		):
			self.assertFalse(Step("s", False, graphql_query=query).only_asks, query)
		for query in ("{ mutations { a } }", "query { a }", "# mutation\nquery { a }"):
			self.assertTrue(Step("s", False, graphql_query=query).only_asks, query)


class TestSettings(StepsCase):
	def refused(self, text: str, rows: list[dict]) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, text):
			self.flow(requests=rows)
		frappe.db.rollback()

	def test_it_is_for_a_request_that_creates_and_needs_a_step_before_it(self):
		look, own, label = requests()
		self.refused("creates a record", [look, {**own, "operation": "Send"}, label])
		self.refused("step before", [own, look, label])
		self.refused("does not exist", [look, {**own, "existing": "nothing(name)"}])
