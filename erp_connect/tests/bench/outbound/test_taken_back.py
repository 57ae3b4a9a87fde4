"""What was sent and perhaps arrived is taken back here: the other side is told, although it was told the same before that."""

from __future__ import annotations

from erp_connect.config import account as accounts
from erp_connect.config import inflow
from erp_connect.operate import replay
from erp_connect.outbound import claim, prepare, settle
from erp_connect.records import write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply


class TestTakenBack(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), breaker_threshold=0)
		make.brand_flow()
		self.brand = make.brand("one")
		self.deliver()
		self.path = f"/brands/{self.links()[0].external_id}"

	def say(self, text: str) -> None:
		self.brand.reload().description = text
		self.brand.save()
		self.commit()

	def assert_told(self, *texts: str) -> None:
		self.later()
		self.deliver()
		self.assertEqual([call.json["text"] for call in self.arrived(self.path)], list(texts), self.history())

	def test_after_an_answer_that_was_lost(self):
		for reply in (Reply(fault="close"), Reply(fault="reset_body"), Reply(503), Reply(504)):
			with self.subTest(reply=reply):
				self.receiver.requests.clear()
				self.receiver.script(self.path, reply, Reply(200, {}))
				self.say("two")
				self.deliver()
				self.say("one")
				self.assert_told("two", "one")

	def test_after_the_last_try(self):
		self.receiver.script(self.path, *[Reply(fault="close")] * 4, Reply(200, {}))
		self.say("two")
		for _ in range(4):
			self.deliver()
			self.later()
		(event,) = self.events(status="Failed")
		self.say("one")
		self.assert_told("two", "two", "two", "two", "one")
		replay.retry([event.name])
		self.assert_told("two", "two", "two", "two", "one")

	def test_by_a_retry_of_what_failed(self):
		self.receiver.script(self.path, Reply(422, {}), Reply(200, {}))
		self.say("two")
		self.deliver()
		(event,) = self.events(status="Failed")
		self.brand.db_set("description", "one", update_modified=False)
		replay.retry([event.name])
		self.assert_told("two", "one")

	def test_after_the_worker_died(self):
		self.say("two")
		account = accounts.load(make.ACCOUNT)
		taken = claim.claim(account, "dies", 10)
		settle.store_requests(taken.token, prepare.prepare(taken.events, account).prepared)
		self.later()
		self.say("one")
		self.assert_told("one")

	def test_after_a_change_outside_that_came_in_by_another_flow(self):
		rows = [make.row("description", "text")]
		flow = make.flow("Brand", [], rows, name="In", direction="Incoming", inbound_id_expression="id")
		self.commit()
		record = {"id": self.links()[0].external_id, "text": "two"}
		self.assertEqual(write.upsert(inflow.load(flow.name), record).action, write.UPDATED)
		self.assertEqual(write.upsert(inflow.load(flow.name), record).action, write.UNCHANGED)
		self.assert_told()
		self.say("one")
		self.assert_told("one")
		write.upsert(inflow.load(flow.name), {**record, "text": "one"})
		self.say("one")
		self.assert_told("one")

	def test_what_was_answered_is_not_told_again(self):
		self.say("two")
		self.assert_told("two")
		self.say("two")
		self.brand.reload().save()
		self.assert_told("two")
