"""Many records in one call: each for itself, in the background where they are many, each exactly once; and no echo."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from erp_connect.compat import VERSION
from erp_connect.operate import sweep
from erp_connect.served import background, bulk
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.inbound_case import InboundTestCase, at_once

# Half of a character: Frappe 16 reads the body before anybody else, and refuses all of it because of one.
HALF = "\ud83d" if VERSION < 16 else "\0"


class BulkTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(make.USER, make.ROLES)
		make.flow(
			"Brand",
			[],
			[make.row("brand", "name", required=1), make.row("description", "text")],
			direction="Incoming",
			remote_entity="brand",
		)
		self.commit()
		self.prefix = make.unique("Bulk")

	def records(self, count: int, bad: tuple[int, ...] = ()) -> list[dict]:
		return [
			{
				"id": f"{self.prefix} {n}",
				"name": None if n in bad else f"{self.prefix} {n}",
				"text": f"text {n}",
			}
			for n in range(count)
		]

	def send(self, records: list, key: str = "", **more):
		return self.call("bulk_upsert", {"entity": "brand", "records": records, **more}, key=key)

	def made(self) -> int:
		return self.count("Brand", name=("like", f"{self.prefix}%"))

	def job(self, name: str) -> dict:
		return self.ok(self.call("job", {"job": name}, method="GET"))


class TestAtOnce(BulkTestCase):
	def hostile(self) -> list[dict]:
		"""Nine records, of which those of even number hold what no column can."""
		records = self.records(9)
		records[0]["text"] = "a\0b"
		records[2]["name"] = f"half {HALF} of a character"
		records[4]["id"] = "x\0"
		records[6]["nested"] = [{"note": {f"deep {HALF}": 1}}]
		records[8]["name\0"] = "x"
		return records

	def test_a_text_that_nothing_can_hold_refuses_its_record_alone_by_index_and_field(self):
		for way in ({}, {"background": True}):
			data = self.ok(self.send(self.hostile(), **way), 200, 202)
			if data["job"]:
				background.run(data["job"])
				outcome = frappe.db.get_value("Sync Log", data["job"], "outcome")
				self.assertEqual(outcome, "not_all_taken", "it is not green in the list of events")
				data = self.job(data["job"])
			self.assertEqual([item["ok"] for item in data["results"]], [False, True] * 4 + [False])
			refused = {item["index"]: item["error"] for item in data["results"] if not item["ok"]}
			self.assertEqual(
				{index: error["field"] for index, error in refused.items()},
				{0: "text", 2: "name", 4: "id", 6: "nested[0].note", 8: '"name?"'},
			)
			self.assertEqual({error["code"] for error in refused.values()}, {"text"})
			self.assertIn("text holds a NUL character", refused[0]["message"])
			self.assertEqual(self.made(), 4)

	def test_a_single_call_names_the_field(self):
		record = {"id": self.prefix, "name": self.prefix, "text": "a\0b"}
		data = self.refused(self.call("upsert", {"entity": "brand", "record": record}), 400, "text")
		self.assertEqual(data["field"], "record.text")
		data = self.refused(self.send(self.records(1), mark=HALF), 400, "text")
		self.assertEqual(data["field"], "mark")
		if VERSION >= 16:
			self.refused(self.send(self.records(1), mark="\ud83d"), 400, "bad_body")
		self.assertEqual(self.made(), 0)

	def test_failures_stand_for_themselves_and_every_item_has_a_result(self):
		records = [
			*self.records(6, bad=(2,)),
			"no record",
			{"id": {"a": 1}, "name": "x"},
			{"id": 1.5, "name": "x"},
		]
		data = self.ok(self.send(records))
		self.assertEqual(data["status"], "done")
		self.assertEqual([item["index"] for item in data["results"]], list(range(9)))
		self.assertEqual([item["index"] for item in data["results"] if not item["ok"]], [2, 6, 7, 8])
		self.assertIn(
			"is an object with named fields, but this is a text", data["results"][6]["error"]["message"]
		)
		self.assertEqual(data["results"][2]["error"]["code"], "required")
		first = data["results"][0]
		self.assertEqual(first["modified"], str(frappe.db.get_value("Brand", first["name"], "modified")))
		self.assertEqual(self.made(), 5)
		self.assertEqual(len(self.links()), 5)
		again = self.ok(self.send(self.records(6, bad=(2,))))
		self.assertEqual(
			[item.get("action") for item in again["results"]], ["unchanged"] * 2 + [None] + ["unchanged"] * 3
		)

	def test_an_id_that_is_too_long_is_told_with_its_length(self):
		(one,) = self.ok(self.send([{"id": "7" * 141, "name": f"{self.prefix} 1"}]))["results"]
		self.assertEqual((one["error"]["code"], self.made()), ("id_too_long", 0))
		self.assertIn("141 characters, and at most 140", one["error"]["message"])

	def test_a_name_that_is_taken_is_told_in_words_by_every_call(self):
		taken = make.brand(name=f"{self.prefix} 1")
		self.commit()
		records = self.records(2)
		(_made, refused) = self.ok(self.send(records))["results"]
		single = self.refused(
			self.call("upsert", {"entity": "brand", "record": records[1]}), 409, "duplicate"
		)
		for error in (refused["error"], single):
			self.assertEqual(error["code"], "duplicate")
			for words in (
				f"Brand {taken.name} exists already. If it is the same",
				"link it with the record",
				"repeat the call",
			):
				self.assertIn(words, error["message"])
			self.assertNotIn("Integrity", error["message"])

	def test_the_same_record_twice_in_one_call_is_one_document(self):
		first, second = self.records(1)[0], {**self.records(1)[0], "text": "later"}
		data = self.ok(self.send([first, second]))
		self.assertEqual([item["action"] for item in data["results"]], ["created", "updated"])
		self.assertEqual(frappe.db.get_value("Brand", first["name"], "description"), "later")

	def test_calls_with_the_same_records_at_once_make_each_once(self):
		records = self.records(10)
		orders = [records, records[::-1], records, records[::-1]]
		answers = at_once(4, lambda number: self.send(orders[number]))
		self.assertLessEqual(
			{answer.status_code for answer in answers}, {200, 409}, [a.text[:200] for a in answers]
		)
		for answer in answers:
			if answer.status_code == 200:
				self.assertTrue(all(item["ok"] for item in answer.json()["results"]), answer.text)
		self.assertEqual(self.made(), 10)


class TestInTheBackground(BulkTestCase):
	def start(self, count: int, **more) -> str:
		data = self.ok(self.send(self.records(count, **more)), 202)
		self.assertEqual((data["status"], data["results"]), ("running", None))
		self.assertEqual(self.job(data["job"])["status"], "running")
		return data["job"]

	def test_a_thousand_records_are_written_by_a_worker(self):
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		name = self.start(1000, bad=(3, 999))
		self.wait_for(lambda: self.job(name)["status"] == "done", 60)
		results = self.job(name)["results"]
		self.assertEqual([item["index"] for item in results if not item["ok"]], [3, 999])
		self.assertEqual([item["index"] for item in results], list(range(1000)))
		self.assertEqual(self.made(), 998)

	def test_a_killed_worker_is_followed_by_another_and_each_record_is_written_once(self):
		services.flush()
		name = self.start(300)
		self.assertEqual(frappe.db.get_value("Sync Log", name, "status"), "Received")
		victim = services.Worker(die="erp_connect.store.background_jobs:lease", when="third").start()
		self.addCleanup(victim.kill)
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		row = frappe.db.get_value("Sync Log", name, ["status", "response_body"], as_dict=True)
		self.assertEqual(
			(row.status, len(json.loads(row.response_body)), self.made()), ("Processing", 100, 100)
		)
		services.flush()
		sweep.sweep()
		self.assertEqual(services.waiting("long"), [], "taken while the lease of the dead worker still held")
		self.later()
		sweep.sweep()
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		self.wait_for(lambda: self.job(name)["status"] == "done", 30)
		results = self.job(name)["results"]
		self.assertEqual({item["action"] for item in results}, {"created"})
		self.assertEqual((len(results), self.made()), (300, 300))

	def enable(self, enabled: int) -> None:
		frappe.db.set_value("User", make.USER, "enabled", enabled)
		self.commit()

	def test_two_workers_with_one_job_write_each_record_once(self):
		name = self.start(260)
		services.in_threads(3, lambda: background.run(name))
		results = self.job(name)["results"]
		self.assertEqual({item["action"] for item in results}, {"created"})
		self.assertEqual((len(results), self.made()), (260, 260))

	def test_a_job_that_kills_every_worker_is_given_up(self):
		name = self.start(260)
		frappe.db.set_value("Sync Log", name, {"attempts": background.DEATHS, "status": "Processing"})
		self.commit()
		background.run(name)
		self.assertEqual((self.job(name)["status"], self.made()), ("failed", 0))
		self.assertIn("died", frappe.db.get_value("Sync Log", name, "error"))

	def test_a_job_of_a_user_who_was_disabled_ends_and_is_repeated_by_its_key(self):
		records = [*self.records(251), "no record"]
		name = self.ok(self.send(records, key="k"), 202)["job"]
		self.enable(0)
		background.run(name)
		self.enable(1)
		ended = self.job(name)
		self.assertEqual((ended["status"], self.made()), ("failed", 0))
		self.assertIn("was disabled", ended["error"])
		self.assertEqual(self.ok(self.send(records, key="k"), 202)["job"], name)
		self.assertEqual((self.job(name)["status"], self.job(name)["error"]), ("running", None))
		background.run(name)
		self.assertEqual((self.job(name)["status"], self.made()), ("done", 251))
		self.assertFalse(self.job(name)["results"][-1]["ok"])
		self.send(records, key="k")
		self.assertEqual(self.job(name)["status"], "done")

	def test_a_job_that_was_put_aside_or_whose_flow_is_off_does_not_run_for_ever(self):
		records = self.records(251)
		name = self.ok(self.send(records, key="k"), 202)["job"]
		flow = frappe.db.get_value("Field Mapping", {"remote_entity": "brand"})
		frappe.db.set_value("Field Mapping", flow, "enabled", 0)
		self.commit()
		background.run(name)
		frappe.db.set_value("Field Mapping", flow, "enabled", 1)
		self.commit()
		self.assertIn("was switched off", self.job(name)["error"])
		frappe.db.set_value("Sync Log", name, {"status": "Cancelled", "error": ""})
		self.commit()
		aside = self.job(name)
		self.assertEqual(aside["status"], "failed")
		self.assertIn("put the job aside", aside["error"])
		self.send(records, key="k")
		background.run(name)
		self.assertEqual((self.job(name)["status"], self.made()), ("done", 251))

	def test_a_user_who_is_disabled_meanwhile_writes_no_more(self):
		name = self.start(251)
		go_on = bulk.go_on

		def disabled_after(*args):
			self.enable(0)
			return go_on(*args)

		with patch.object(bulk, "go_on", disabled_after):
			background.run(name)
		self.enable(1)
		job = self.job(name)
		self.assertEqual((job["status"], len(job["results"]), self.made()), ("failed", 100, 100))

	def test_a_job_of_a_user_who_was_deleted_or_may_no_more_says_so(self):
		gone, less = self.start(251), self.start(251)
		frappe.db.set_value("Sync Log", gone, "owner", "nobody@example.com")
		self.commit()
		background.run(gone)
		self.assertIn("was deleted", self.job(gone)["error"])
		user = frappe.get_doc("User", make.USER)
		roles = [row.role for row in user.roles]
		user.remove_roles(*roles)
		self.commit()
		try:
			background.run(less)
		finally:
			user.reload()
			user.add_roles(*roles)
			self.commit()
		results = self.job(less)["results"]
		self.assertEqual({item["error"]["code"] for item in results}, {"permission"})
		self.assertEqual((len(results), self.made()), (251, 0))

	def test_what_is_said_or_deleted_while_a_job_waits_is_not_undone_by_it(self):
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.update({"allow_delete": 1}).save()
		self.commit()
		changed, deleted = self.records(2)
		self.ok(self.send([deleted]))
		job = self.ok(self.send([changed, deleted], background=True))["job"]
		self.ok(self.call("upsert", {"entity": "brand", "record": {**changed, "text": "newer"}}))
		self.ok(self.call("delete", {"entity": "brand", "external_id": deleted["id"]}))
		background.run(job)
		self.assertEqual([one["action"] for one in self.job(job)["results"]], ["stale", "stale"])
		self.assertEqual(frappe.db.get_value("Brand", changed["name"], "description"), "newer")
		self.assertEqual(self.made(), 1)
		# What is sent after its deletion is made anew.
		again = self.ok(self.send([deleted], background=True))["job"]
		background.run(again)
		self.assertEqual((self.job(again)["results"][0]["action"], self.made()), ("created", 2))

	def test_the_answer_of_a_key_is_the_same_job(self):
		records = self.records(251)
		first, second = self.send(records, key="k"), self.send(records, key="k")
		self.assertEqual((first.status_code, second.status_code), (202, 202))
		self.assertEqual(first.json()["job"], second.json()["job"])

	def test_jobs_of_other_accounts_are_not_told(self):
		name = self.start(251)
		self.make_account("Other Shop", "other-key")
		self.commit()
		self.refused(self.call("job", {"job": name}, method="GET", headers={"X-Api-Key": "other-key"}), 404)
		self.refused(self.call("job", {"job": "nope"}, method="GET"), 404, "not_found")

	def test_it_acts_as_the_user_who_sent_it(self):
		name = self.start(251)
		background.run(name)
		self.assertEqual(frappe.session.user, "Administrator")
		self.assertEqual(frappe.db.get_value("Brand", f"{self.prefix} 0", "owner"), make.USER)


class TestEcho(BulkTestCase):
	def test_what_came_from_an_account_goes_to_others_only(self):
		make.account(self.receiver.url(), "Other Shop")
		for number, account in enumerate((make.ACCOUNT, "Other Shop")):
			make.flow(
				"Brand",
				make.rest("/brands"),
				[make.row("name", "name")],
				name=f"Out {number}",
				integration=account,
			)
		self.commit()
		records = self.records(2)
		self.ok(self.send(records))
		self.ok(self.call("upsert", {"entity": "brand", "record": {**records[0], "text": "changed"}}))
		self.ok(self.hook({}, topic="none"))
		outgoing = self.events(direction="Outgoing")
		self.assertEqual({row.integration for row in outgoing}, {"Other Shop"})
		self.assertEqual({row.reference_name for row in outgoing}, {record["name"] for record in records})
		doc = frappe.get_doc("Brand", records[0]["name"])
		doc.description = "changed here"
		doc.save()
		self.commit()
		self.assertIn(make.ACCOUNT, {row.integration for row in self.events(direction="Outgoing")})
