"""An account that changes while a worker has it open: what is recorded afterwards goes by the new settings."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.calls import switch
from erp_connect.outbound import sending
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import FaultServer

NEVER = 3600.0


class TestChangedAccount(ConnectTestCase):
	"""The worker does not look at the settings by itself here: what it sends right after a change counts."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.flow("Customer", make.rest("/customers"), [make.row("customer_name", "name")])
		self.other = FaultServer().start()
		self.addCleanup(self.other.stop)
		self.worker = sending.Sending()
		self.addCleanup(self.worker.__exit__)
		never = patch.object(sending, "LOOK_SECONDS", NEVER)
		never.start()
		self.addCleanup(never.stop)
		self.send()

	def send(self) -> None:
		"""Record a new customer, and send as the worker does that has the account open."""
		make.customer()
		frappe.db.commit()
		self.worker.ring(["Test Shop"])
		for _ in range(500):
			self.worker.turn(0.02)
			if self.worker.idle:
				return

	def change(self, **values) -> None:
		frappe.set_user("Administrator")  # sending leaves the account's user behind
		settings = frappe.get_doc("Integration Settings", "Test Shop")
		settings.update(values)
		settings.save()
		frappe.db.commit()

	def test_what_follows_a_new_address_goes_there(self):
		self.assertEqual(len(self.arrived("/customers")), 1)
		self.change(base_url=self.other.url(), links_when_moved="Keep")
		self.send()
		self.assertEqual(len(self.arrived("/customers")), 1, "the old address got what followed the change")
		self.assertEqual(len(self.other.received("/customers")), 1, self.history())
		self.assertEqual([row.attempts for row in self.events()], [1, 1])

	def test_what_follows_a_pause_waits_and_is_not_counted(self):
		switch.pause("Test Shop", "for the test")
		frappe.db.commit()
		self.send()
		self.assertEqual(len(self.arrived("/customers")), 1)
		self.assertEqual(
			[(row.status, row.attempts) for row in self.events()], [("Delivered", 1), ("Queued", 0)]
		)
