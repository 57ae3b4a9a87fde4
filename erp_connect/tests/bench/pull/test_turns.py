"""Turns of a walk: what is left when the time of its job is over goes on at once."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

from erp_connect.jobs import steps
from erp_connect.pull import turns
from erp_connect.tests.base import ConnectTestCase


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
