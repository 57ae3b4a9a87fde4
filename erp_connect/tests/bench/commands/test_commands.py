"""`bench erp-connect …` as a script calls it: output, exit codes, and what happened on the site."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from unittest.mock import patch

import click
import frappe
from click.testing import CliRunner
from frappe.utils import bench_helper

from erp_connect.operate import sweep
from erp_connect.outbound.drain import drain
from erp_connect.store import installation
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply

PATIENCE, SWEEP_SECONDS = 180.0, 5.0


def forked(site: str, arguments: Sequence[str], given: str) -> tuple[int, str, str]:
	"""Exit code, output and error output of a command, in a process of its own that has everything imported.

	What it waits for is swept now and then, as the scheduler does.
	"""
	ours, theirs = multiprocessing.Pipe()
	child = multiprocessing.get_context("fork").Process(target=_run, args=(theirs, site, arguments, given))
	child.start()
	theirs.close()
	end = time.monotonic() + PATIENCE
	while not ours.poll(SWEEP_SECONDS):
		if time.monotonic() > end:
			child.kill()
			raise AssertionError(f"{arguments} did not end within {PATIENCE} s")
		sweep.sweep()
		frappe.db.commit()
	answer = ours.recv()
	child.join()
	return answer


def _run(answer: Connection, site: str, arguments: Sequence[str], given: str) -> None:
	kept = frappe.local.db  # its end would end the parent's connection
	frappe.release_local(frappe.local)
	group = click.Group(commands=bench_helper.get_app_groups())
	done = CliRunner().invoke(group, ["frappe", "--site", site, "erp-connect", *arguments], input=given)
	error = done.stderr if done.stderr_bytes is not None else ""
	if done.exception and not isinstance(done.exception, SystemExit):
		error += "".join(traceback.format_exception(done.exception))
	answer.send((done.exit_code, done.stdout, error))
	os._exit(0 if kept else 1)  # what the parent has open stays open


class TestCommands(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.commit()

	def bench(self, *arguments: str, given: str = "", code: int = 0) -> str:
		"""Run a command; returns its output, with what it said of its failure where it is to fail."""
		ended, output, error = forked(frappe.local.site, arguments, given)
		self.assertEqual(ended, code, output + error)
		frappe.db.rollback()
		return output if code == 0 or "--json" in arguments else output + error

	def test_as_bench_calls_it(self):
		helper = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", frappe.local.site]
		done = subprocess.run(
			[*helper, "erp-connect", "status"], capture_output=True, text=True, timeout=120, check=True
		)
		self.assertRegex(done.stdout, r"Test Shop +switched on +0 +0 +0 s +-")

	def test_status_of_a_copy_says_that_nothing_goes_out(self):
		with patch.object(installation, "_id_of_site", return_value="a copy"):
			self.assertIn("copy of another installation", self.bench("status", code=1))

	def test_status_of_all_is_well_until_something_fails(self):
		self.assertRegex(self.bench("status"), r"Test Shop +switched on +0 +0 +0 s +-")
		make.brand()
		self.receiver.script("/brands", Reply(422, {"message": "no"}))
		self.deliver()
		told = self.bench("status", make.ACCOUNT, code=1)
		self.assertIn("Failed events", told)
		self.assertIn("One event failed. Correct the cause", told)
		(row,) = json.loads(self.bench("status", "--json", code=1))
		self.assertEqual(
			(row["account"], row["counts"], row["wrong"][0]["amount"]), (make.ACCOUNT, {"Failed": 1}, 1)
		)
		self.receiver.script("/brands", Reply(201, {"id": "7"}))
		self.assertIn("One event queued.", self.bench("retry", "--account", make.ACCOUNT))
		drain(make.ACCOUNT)
		self.assertEqual(self.event().status, "Delivered")
		self.assertIn("0 events queued.", self.bench("retry", "--account", make.ACCOUNT, code=1))
		told = json.loads(self.bench("retry", "--account", make.ACCOUNT, "--json", code=1))
		self.assertEqual(told, {"queued": 0})

	def test_a_document_is_skipped_and_taken_back(self):
		brand = make.brand()
		self.commit()
		named = (make.ACCOUNT, "Brand", brand.name)
		self.bench("skip", *named, "--reason", "not yet")
		(row,) = json.loads(self.bench("skipped", make.ACCOUNT, "--json"))
		self.assertEqual((row["document_name"], row["rule"], row["reason"]), (brand.name, "Skip", "not yet"))
		self.bench("take-back", *named)
		self.bench("take-back", *named, code=1)
		self.assertIn("Choose Skip", self.bench("skip", *named, "--pin", "here", code=1))

	def test_a_connection_is_tested(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "test_path", "/ping")
		self.receiver.script("/ping", Reply(200, {}))
		self.commit()
		self.bench("test", make.ACCOUNT)
		self.receiver.script("/ping", Reply(401, {}))
		answer = json.loads(self.bench("test", make.ACCOUNT, "--json", code=1))
		self.assertEqual(answer["status"], 401)

	def test_a_document_is_previewed_and_pushed(self):
		brand = make.brand("words")
		frappe.db.delete("Sync Log")
		self.commit()
		shown = json.loads(self.bench("preview", "Test Brand", brand.name, "--json"))
		self.assertEqual((shown["sends"], shown["method"]), (True, "POST"))
		found = json.loads(self.bench("preview", "Test Brand", "--all", "--json"))
		self.assertEqual({row["name"]: row["outcome"] for row in found["documents"]}[brand.name], "create")
		self.assertEqual(sum(found["counts"].values()), frappe.db.count("Brand"))
		self.assertIn("say --all", self.bench("preview", "Test Brand", brand.name, "--all", code=2))
		self.assertEqual(self.receiver.requests, [])
		run = self.bench("push", "Test Brand", brand.name).strip()
		self.assertEqual(frappe.db.get_value("Sync Backfill", run, ["status", "total"]), ("Running", 1))
		again = json.loads(self.bench("push", "Test Brand", brand.name, "--json"))["backfill"]
		self.assertTrue(frappe.db.exists("Sync Backfill", again) and again != run)
		self.assertIn("say --all", self.bench("push", "Test Brand", code=2))

	def test_it_waits_until_a_worker_has_sent_all(self):
		names = [make.brand().name for _number in range(3)]
		frappe.db.delete("Sync Log")
		self.commit()
		self.addCleanup(services.Worker().start().kill)
		told = self.bench("push", "Test Brand", *names, "--wait")
		self.assertIn("Completed: 3 queued.", told)
		self.wait_for(lambda: self.statuses() == ["Delivered"] * 3, seconds=30)
		told = json.loads(self.bench("push", "Test Brand", names[0], "--wait", "--json"))
		self.assertEqual((told["status"], told["queued"], told["error"]), ("Completed", 1, ""))
		self.assertTrue(frappe.db.exists("Sync Backfill", told["backfill"]))

	def test_a_flow_is_pulled_and_compared(self):
		services.flush()
		brand = make.unique("Brand")
		rows = [make.row("brand", "name"), make.row("description", "text")]
		how = {"pull_path": "/list", "pull_records": "data", "inbound_id_expression": "id"}
		make.flow("Brand", [], rows, "Brands in", direction="Incoming", **how)
		self.receiver.script("/list", *[Reply(200, {"data": [{"id": "1", "name": brand, "text": "a"}]})] * 9)
		self.commit()
		self.assertIn("pulls nothing", self.bench("pull", "Test Brand", code=1))
		self.addCleanup(services.Worker().start().kill)
		self.assertIn("Idle: 1 fetched, 1 news.", self.bench("pull", "Brands in", "--wait"))
		self.wait_for(lambda: self.statuses(event="pull") == ["Processed"], seconds=30)
		told = json.loads(self.bench("pull", "Brands in", "--wait", "--json"))
		self.assertEqual((told["status"], told["fetched"]), ("Idle", 1))
		found = json.loads(self.bench("reconcile", "Brands in", "--wait", "--json"))
		self.assertEqual((found["status"], found["checked_there"], found["different"]), ("Completed", 1, 0))
		frappe.db.set_value("Brand", brand, "description", "b")
		self.commit()
		told = self.bench("reconcile", "Brands in", "--wait", code=1)
		self.assertRegex(told, r"Completed\nMISSING HERE +MISSING THERE +DIFFERENT +ORPHANED\n0 +0 +1 +0\n")

	def test_what_was_sent_is_sent_again(self):
		make.brand()
		self.receiver.script("/brands", Reply(201, {"id": "7"}), Reply(201, {"id": "7"}))
		self.deliver()
		sent = self.event().name
		self.assertEqual(json.loads(self.bench("replay", sent, "--json")), {"queued": 1})
		self.deliver()
		first, again = self.receiver.requests
		self.assertEqual(first.body, again.body)
		self.assertIn("Name events, or give --account.", self.bench("replay", code=2))
		self.assertIn(
			"events that are named", self.bench("replay", "--older", "--account", make.ACCOUNT, code=2)
		)

	def test_a_flow_goes_to_another_account(self):
		make.account(self.receiver.url(), name="Other Shop")
		self.commit()
		content = self.bench("export", "Test Brand")
		made = self.bench("import", "-", "Other Shop", "--name", "Brands There", given=content).strip()
		self.assertEqual(
			frappe.db.get_value("Field Mapping", made, ["integration", "enabled"]), ("Other Shop", 0)
		)

	def test_an_account_goes_to_another_site_as_a_file(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, {"auth_type": "Basic", "username": "u"})
		self.commit()
		content = self.bench("export-account", make.ACCOUNT, "Far Shop")
		asked = [one["key"] for one in json.loads(content)["inputs"]]
		how = ("import-account", "-", "--company", make.company(), "--acts-as", make.user())
		self.commit()
		with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
			file.write(json.dumps({key: self.receiver.url() if key == "address" else "x" for key in asked}))
			file.flush()
			entries = ("--entries", file.name)
			self.assertIn("Base URL", self.bench(*how, given=content, code=1))
			made = self.bench(*how, *entries, given=content).splitlines()[0]
			self.assertEqual(made, "Far Shop")
			self.assertIn("Choose another name", self.bench(*how, *entries, given=content, code=1))
			self.bench(*how, *entries, "--name", "Farther", given=content)
		for account in (made, "Farther"):
			self.assertEqual(frappe.get_all("Field Mapping", {"integration": account}, pluck="enabled"), [0])
		self.assertIn("is not a preset", self.bench(*how, given="{}", code=1))

	def test_refusals_are_words(self):
		self.assertIn("There is no account Nope.", self.bench("status", "Nope", code=1))
		frappe.db.set_value("Field Mapping", "Test Brand", "enabled", 0)
		self.commit()
		self.assertIn("Tick Enabled in it first", self.bench("push", "Test Brand", "--all", code=1))

	def test_with_the_rights_of_a_user(self):
		email = make.user("commands@example.com", ("Integration User",))
		self.commit()
		self.bench("status", "--user", email)
		self.bench("pause", make.ACCOUNT, "--user", email, code=1)
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"), 0)
		self.bench("pause", make.ACCOUNT, "--reason", "Stocktaking")
		self.assertEqual(
			frappe.db.get_value("Integration Settings", make.ACCOUNT, ["paused", "pause_reason"]),
			(1, "Stocktaking"),
		)
		self.bench("resume", make.ACCOUNT, "--user", email, code=1)
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"), 1)
		self.bench("resume", make.ACCOUNT)
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"), 0)
		self.assertIn(
			"There is no enabled user", self.bench("status", "--user", "nobody@example.com", code=1)
		)
