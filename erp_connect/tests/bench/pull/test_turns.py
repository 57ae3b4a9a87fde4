"""Turns of a walk: what is left when the time of its job is over goes on at once; and what goes on beside it."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from unittest import mock

import frappe

from erp_connect.jobs import steps
from erp_connect.pull import turns
from erp_connect.store import sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import FLOW, PullCase
from erp_connect.tests.fakes.paged_source import PagedSource


class TestTurns(ConnectTestCase):
	def taken(self, wait: float) -> tuple[bool, list[float]]:
		"""Whether there is more to do at once, where a job has a second and the account asks to wait so long."""
		given: list[float] = []
		walk = SimpleNamespace(account=None, asks=lambda: True, give_back=given.append)
		with (
			mock.patch.object(turns, "RUN_SECONDS", 1),
			mock.patch.object(turns, "_may_go_on", return_value=True),
			mock.patch.object(turns.rate_gate, "permitted_in", return_value=wait),
		):
			return steps.run(turns.take(walk)), given

	def test_a_short_wait_at_the_end_of_a_job_is_left_to_the_next_job(self):
		self.assertEqual(self.taken(3), (True, [0]))

	def test_a_long_one_to_the_sweep(self):
		self.assertEqual(self.taken(30), (False, [30]))


class TestBeside(PullCase):
	OTHER = "Test pull of another account"

	def test_a_source_that_does_not_answer_holds_up_neither_deliveries_nor_other_pulls(self):
		self.serve(3)
		self.pulls()
		other = PagedSource(3).start()
		self.addCleanup(other.stop)
		make.account(other.url(), name="Other")
		self.pulls(name=self.OTHER, integration="Other")
		make.account(self.receiver.url(), name="Receiver")
		make.flow(
			"Brand", make.rest("/brands"), [make.row("name", "name")], name="Out", integration="Receiver"
		)
		doc = make.brand()
		self.commit()
		answer, gone_on = self.source.answer, []

		def waiting(request: Any):
			end = time.monotonic() + 20
			while not (self.arrived() and other.requests) and time.monotonic() < end:
				time.sleep(0.01)
			gone_on.append(bool(self.arrived() and other.requests))
			return answer(request)

		self.source.answer = waiting
		for flow in (FLOW, self.OTHER):
			sync_cursor.make_due(flow)
		self.go_on()
		self.assertEqual(gone_on[0], True, self.history())
		self.assertEqual([sent.json["name"] for sent in self.arrived()], [doc.name])
		stands = frappe.get_all("Sync Cursor", fields=["field_mapping", "status"])
		self.assertEqual(
			{row.field_mapping: row.status for row in stands}, {FLOW: "Idle", self.OTHER: "Idle"}
		)
