"""Who has something to send is heard at once, also while the worker waits for the answers of somebody slow."""

from __future__ import annotations

import time

import frappe

from erp_connect.outbound import sending
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import FaultServer, Reply

PATIENCE = 30.0


class TestHeard(ConnectTestCase):
	def test_a_ring_ends_the_waiting_for_a_slow_answer(self):
		slow = FaultServer().start()
		self.addCleanup(slow.stop)
		make.account(slow.url(), "Slow", deadline=60, read_timeout=60)
		make.flow(
			"Brand", make.rest("/brands"), [make.row("name", "name")], integration="Slow", name="To Slow"
		)
		make.account(self.receiver.url())
		make.flow("Customer", make.rest("/customers"), [make.row("customer_name", "name")])
		slow.script("/brands", Reply(201, {"id": 1}, seconds=2 * PATIENCE))
		worker = sending.Sending()
		self.addCleanup(worker.__exit__)
		make.brand()
		frappe.db.commit()
		self.wait_for(
			lambda: worker.turn(0.02) or slow.requests, PATIENCE, "nothing goes to the slow account"
		)
		saving = services.in_thread(self.save_soon)
		began = time.monotonic()
		while not self.arrived("/customers"):
			worker.turn(PATIENCE)
			self.assertLess(time.monotonic() - began, PATIENCE, "the ring was not heard")
		saving.join(PATIENCE)

	def test_work_of_others_is_waited_for_without_turning_round(self):
		"""As a pull's, while there is nothing to send."""
		make.account(self.receiver.url())
		worker, done = sending.Sending(dedicated=False), []
		self.addCleanup(worker.__exit__)

		def work():
			yield lambda: time.sleep(0.3)

		worker.crew.start(work(), frappe.session.user, lambda found, error: done.append(error))
		turns = 0
		while not done:
			worker.turn(PATIENCE)
			turns += 1
		self.assertEqual((turns, done), (1, [None]))

	def save_soon(self) -> None:
		time.sleep(0.3)  # by then the worker waits
		make.customer()
		frappe.db.commit()
