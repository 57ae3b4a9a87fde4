"""Works whose steps are taken many at once: what lies between the steps stays in one thread, as one user."""

from __future__ import annotations

import threading
import time

import frappe

from erp_connect.jobs import steps
from erp_connect.jobs.steps import Crew
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class Broken(Exception):
	pass


def fail():
	raise Broken("on the way")


class TestSteps(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.crew = Crew(8)
		self.addCleanup(self.crew.close)
		self.addCleanup(frappe.set_user, frappe.session.user)
		self.ended: list = []

	def start(self, work, user: str = "Guest") -> None:
		self.crew.start(work, user, lambda found, error: self.ended.append(found or error))

	def finish(self) -> None:
		end = time.monotonic() + 10
		while self.crew.busy and time.monotonic() < end:
			self.crew.wait(0.1)
		self.assertFalse(self.crew.busy)

	def test_alone_or_in_a_crew_a_work_comes_to_the_same(self):
		def work():
			one = yield lambda: 1
			yield 0.01
			two = yield lambda: one + 1
			try:
				yield fail
			except Broken as error:
				return f"{two} {error}"

		self.assertEqual(steps.run(work()), "2 on the way")
		self.start(work())
		self.finish()
		self.assertEqual(self.ended, ["2 on the way"])

	def test_steps_of_many_works_are_taken_at_once_and_what_lies_between_is_not(self):
		at_work, most, owners = [], [], set()

		def wait():
			at_work.append(1)
			time.sleep(0.2)
			most.append(len(at_work))
			at_work.pop()

		def work():
			owners.add(threading.get_ident())
			yield wait
			owners.add(threading.get_ident())
			return "done"

		for _ in range(8):
			self.start(work())
		self.finish()
		self.assertEqual(max(most), 8)
		self.assertEqual(owners, {threading.get_ident()})
		self.assertEqual(self.ended, ["done"] * 8)

	def test_each_goes_on_as_its_own_user(self):
		users = [make.user(), "Guest"]

		def work(user):
			for _ in range(3):
				yield lambda: None
				assert frappe.session.user == user
				yield 0.001
				assert frappe.session.user == user
			return user

		for user in users:
			self.start(work(user), user)
		self.finish()
		self.assertEqual(sorted(self.ended), sorted(users))

	def test_an_error_ends_its_work_and_no_other(self):
		def broken():
			yield fail

		def work():
			yield lambda: time.sleep(0.05)
			return "done"

		self.start(broken())
		self.start(work())
		self.finish()
		self.assertIsInstance(self.ended[0], Broken)
		self.assertEqual(self.ended[1], "done")

	def test_who_only_waits_takes_no_place(self):
		def waits():
			yield 3600

		def works():
			return (yield lambda: "done")

		for _ in range(100):
			self.start(waits())
		self.start(works())
		for _ in range(100):
			if not self.ended:
				self.crew.wait(0.1)
		self.assertEqual(self.ended, ["done"])
