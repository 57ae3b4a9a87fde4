"""What a flow is saved with, although it is hardly meant."""

from __future__ import annotations

from typing import Any

from erp_connect.config.flow_warnings import warnings
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestTimesWithoutZone(ConnectTestCase):
	def told(self, *rows: dict, direction: str = "Both") -> list[str]:
		"""Numbers of the rows that are told of."""
		doc = make.flow(
			"Event", make.rest("/events"), [make.row("subject", "title"), *rows], name=make.unique("Events"),
			direction=direction, remote_entity="event", external_id_expression="id", inbound_id_expression="id",
		)  # fmt: skip
		return [text.split(":")[0][-1] for text in warnings(doc) if "without a time zone" in text]

	def test_a_row_of_both_ways_needs_the_transform(self):
		make.account(self.receiver.url())
		bare, day = make.row("starts_on", "from"), make.row("repeat_till", "until")
		self.assertEqual(self.told(bare, day), ["2"])
		self.assertEqual(self.told(make.row("starts_on", "from", transform="Datetime"), day), [])
		self.assertEqual(self.told(make.row("starts_on", "from", direction="Outgoing")), [])
		self.assertEqual(self.told(bare, direction="Incoming"), [])


class TestChangesWithoutASave(ConnectTestCase):
	def told(self, doctype: str, row: dict, *events: str, **values: Any) -> str:
		requests = [make.request(event, "POST", "/things") for event in events]
		rows = [make.row("name", "id"), row]
		doc = make.flow(doctype, requests, rows, name=make.unique("Told"), remote_entity="thing", **values)
		return "".join(text for text in warnings(doc) if "without a save" in text)

	def test_fields_that_erpnext_sets_need_the_event_change(self):
		make.account(self.receiver.url())
		status, amount = make.row("status", "state"), make.row("outstanding_amount", "open")
		self.assertIn(
			"changes Status also", self.told("Sales Order", status, "Submit", "Update After Submit")
		)
		self.assertIn(
			"Status", self.told("Opportunity", make.row("if(status, 'a', 'b')", "on"), "Insert", "Update")
		)
		self.assertIn(
			"Outstanding Amount", self.told("Sales Invoice", amount, "Submit", "Update After Submit")
		)
		self.assertIn("Status", self.told("Issue", status, "Insert", "Update"))
		for doctype, row, events in (
			("Sales Order", status, ("Submit", "Change")),
			("Sales Order", status, ("Submit", "Cancel")),
			("Sales Order", make.row("customer", "buyer"), ("Submit", "Update After Submit")),
			("Task", status, ("Insert", "Update")),
		):
			with self.subTest(doctype, events=events):
				self.assertEqual(self.told(doctype, row, *events), "")
