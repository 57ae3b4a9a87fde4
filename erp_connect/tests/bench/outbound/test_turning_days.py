"""A price goes out on the day on which it begins, and the one that stands on the day after another has ended."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import getdate

from erp_connect.operate import sweep
from erp_connect.outbound import turning_days
from erp_connect.store import last_day
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

CONDITION = "(!valid_from || valid_from <= _today) && (!valid_upto || valid_upto >= _today)"


class PricesCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.flow(
			"Item Price",
			[
				make.request("Insert", "POST", "/prices", operation="Send"),
				make.request("Update", "POST", "/prices", operation="Send"),
			],
			[make.row("price_list_rate", "price"), make.row("item_code", "sku")],
			condition=CONDITION,
		)
		self.item = make.item().name
		self.day = getdate()
		before = last_day.last()
		self.addCleanup(lambda: last_day.remember(before or self.day) or frappe.db.commit())
		last_day.remember(self.day)
		self.commit()

	def price(self, rate: float, begins: int | None = None, ends: int | None = None) -> str:
		"""A price from so many days on until so many days on."""
		values = {
			"doctype": "Item Price",
			"item_code": self.item,
			"price_list": "Standard Selling",
			"price_list_rate": rate,
		}
		doc = frappe.get_doc(values)
		doc.valid_from = None if begins is None else self.day + timedelta(days=begins)
		doc.valid_upto = None if ends is None else self.day + timedelta(days=ends)
		doc.insert()
		# ERPNext fills in today where nothing is said.
		doc.db_set({"valid_from": doc.valid_from if begins is not None else None}, notify=False)
		return doc.name

	def on(self, day: int) -> list[float]:
		"""What arrives when the sweep runs so many days on."""
		self.receiver.forget()
		then = str(self.day + timedelta(days=day))
		with (
			patch.object(turning_days, "getdate", lambda value=None: getdate(value or then)),
			patch.object(frappe.utils, "today", lambda: then),
		):
			sweep.sweep()
			self.deliver()
		# Items of other tests have prices as well.
		return [call.json["price"] for call in self.arrived() if call.json["sku"] == self.item]


class TestPrices(PricesCase):
	def test_a_price_goes_out_on_its_first_day_and_once(self):
		self.price(9, begins=3)
		self.assertEqual([self.on(day) for day in (0, 1, 2, 3, 3, 4)], [[], [], [], [9], [], []])

	def test_the_price_that_stands_goes_out_after_another_has_ended(self):
		self.price(10)
		self.price(7, begins=2, ends=3)
		self.assertEqual([self.on(day) for day in (0, 1, 2, 3, 4, 5)], [[10], [], [7], [], [10], []])

	def test_days_on_which_nothing_ran_are_made_up_for(self):
		self.price(10)
		self.price(7, begins=2, ends=3)
		self.price(8, begins=4)
		self.assertEqual(self.on(0), [10])
		self.assertEqual(self.on(6), [8])

	def test_flows_that_do_not_go_by_the_day_and_other_items_are_left_alone(self):
		frappe.db.set_value("Field Mapping", "Test Item Price", "condition", "price_list_rate > `0`")
		frappe.clear_cache(doctype="Field Mapping")
		self.price(9, begins=1)
		self.deliver()
		self.assertEqual((self.arrived()[-1].json["price"], self.on(1)), (9, []))

	def test_a_price_that_nothing_follows_says_so(self):
		name = self.price(7, begins=0, ends=2)
		self.assertEqual([self.on(day) for day in (0, 3)], [[7], []])
		told = self.event(event="end", reference_name=name)
		self.assertEqual((told.status, told.outcome), ("Skipped", "ended"))
		self.assertIn("_event == 'end'", told.error)

	def test_a_flow_may_say_what_is_sent_of_its_end(self):
		flow = frappe.get_doc("Field Mapping", "Test Item Price")
		flow.condition = CONDITION.replace("_today)", "_today || _event == 'end')", 2).replace(
			"valid_from <= _today || _event == 'end'", "valid_from <= _today"
		)
		flow.rows[0].source = "if(_event == 'end', `0`, price_list_rate)"
		flow.save()
		self.price(7, begins=0, ends=2)
		self.price(9, begins=0, ends=4)
		self.assertEqual([self.on(day) for day in (0, 3, 4, 5, 6)], [[9], [9], [], [0], []])


class TestWhatCounts(PricesCase):
	"""Of several prices of an item the one that ERPNext takes today is sent, whichever is saved."""

	def sent(self) -> list[float]:
		self.deliver()
		calls, _ = self.arrived(), self.receiver.forget()
		return [call.json["price"] for call in calls if call.json["sku"] == self.item]

	def test_one_that_another_has_taken_the_place_of_is_not_sent(self):
		base = self.price(20, begins=-10)
		self.price(15, begins=-1)
		self.assertEqual(self.sent()[-1], 15)
		doc = frappe.get_doc("Item Price", base)
		doc.price_list_rate = 21
		doc.save()
		self.assertEqual(set(self.sent()), {15})
		told = self.events(reference_name=base)[-1]
		self.assertEqual((told.status, told.outcome), ("Skipped", "another_counts"), self.history())

	def test_an_older_one_that_is_entered_later(self):
		self.price(15, begins=-1)
		self.price(20, begins=-10)
		self.assertEqual(set(self.sent()), {15})

	def test_what_is_removed_lets_the_one_before_count(self):
		self.price(20, begins=-10)
		name = self.price(15, begins=-1)
		self.sent()
		frappe.delete_doc("Item Price", name)
		self.assertEqual(self.sent(), [20])

	def test_what_is_ended_by_hand_lets_the_one_before_count(self):
		self.price(20, begins=-10)
		name = self.price(15, begins=-3, ends=5)
		self.sent()
		doc = frappe.get_doc("Item Price", name)
		doc.valid_upto = self.day - timedelta(days=1)
		doc.save()
		self.assertEqual(self.sent(), [20])

	def test_what_becomes_the_price_of_another_list_does_so_too(self):
		self.price(20, begins=-10)
		name = self.price(15, begins=-3)
		self.sent()
		frappe.get_doc("Item Price", name).update({"price_list": "Standard Buying"}).save()
		self.assertIn(20, self.sent())
