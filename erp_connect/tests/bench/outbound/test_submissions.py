"""A submission with a request of its own is told by it, also where the draft was told before with the same payload."""

from __future__ import annotations

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

SUBMIT = "/orders/{external_id}/submit"


class TestSubmissions(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.offline_rates()
		make.account(self.receiver.url())
		self.item = make.item(is_stock_item=0).name

	def sends(self, *requests: dict, insert: bool = True) -> None:
		first = [make.request("Insert", "POST", "/orders")] if insert else []
		make.flow("Sales Order", [*first, *requests], [make.row("name", "name")])

	def order(self, *, submit: bool):
		order = make.sales_order(make.customer().name, [(self.item, 1, 10)], submit=submit)
		self.deliver()
		return order

	def told(self) -> list[tuple[str, str]]:
		found = [(one.method, "/submit" in one.path) for one in self.arrived()]
		self.receiver.requests.clear()
		return found

	def both_ways(self) -> None:
		"""A draft that is submitted later, and an order that was both before anything was sent."""
		order = self.order(submit=False)
		self.assertEqual(self.told(), [("POST", False)])
		order.submit()
		self.deliver()
		self.assertEqual(self.told(), [("PUT", True)], self.history())
		self.order(submit=True)
		self.deliver()
		self.assertEqual(self.told(), [("POST", False), ("PUT", True)], self.history())

	def test_as_an_update_without_others(self):
		self.sends(make.request("Submit", "PUT", SUBMIT, operation="Update"))
		self.both_ways()

	def test_as_the_only_other_request(self):
		self.sends(make.request("Submit", "PUT", SUBMIT))
		self.both_ways()

	def test_beside_updates_to_another_place(self):
		self.sends(
			make.request("Submit", "PUT", SUBMIT, operation="Update"),
			make.request("Update", "PUT", "/orders/{external_id}"),
		)
		self.both_ways()

	def test_the_same_request_as_of_the_draft_is_not_sent_twice(self):
		self.sends(make.request("Submit", "POST", "/orders"))
		self.order(submit=False).submit()
		self.deliver()
		self.assertEqual(self.told(), [("POST", False)], self.history())

	def test_a_submission_that_creates_is_the_state_as_later_changes_are(self):
		self.sends(
			make.request("Submit", "POST", "/orders"),
			make.request("Update After Submit", "PUT", "/orders/{external_id}"),
			insert=False,
		)
		order = self.order(submit=True)
		order.save()
		self.deliver()
		self.assertEqual(self.told(), [("POST", False)], self.history())
