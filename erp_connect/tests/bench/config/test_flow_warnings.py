"""What a flow is saved with, although it is hardly meant."""

from __future__ import annotations

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
