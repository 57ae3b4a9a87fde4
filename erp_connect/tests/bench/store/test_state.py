"""Integration State: a pause that an outside system asked for lasts as long as it asked."""

from __future__ import annotations

import frappe

from erp_connect.store import state as states
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestState(ConnectTestCase):
	def test_a_pause_is_kept_to_its_end(self):
		name = make.account("http://127.0.0.1:1").name
		for asked in (0.07, 0.5, 1.0, 2.25):
			state = states.lock(name)
			state.throttled_until = state.now + asked
			states.save(state)
			kept = states.read(name).throttled_until
			frappe.db.rollback()
			self.assertTrue(0 <= kept - state.throttled_until < 1, (asked, kept - state.throttled_until))
