"""What moved elsewhere moves here: receipts, issues, counts, their cancellations, in any order of arrival."""

from __future__ import annotations

import json
from typing import Any

import frappe
from erpnext.accounts.doctype.gl_entry.gl_entry import rename_gle_sle_docs
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import add_days, flt, nowdate

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.handlers import HANDLERS
from erp_connect.core.commerce.errors import OrderError
from erp_connect.records.errors import BadRecord, HeldForReview
from erp_connect.records.write import coming_from
from erp_connect.store.transactions import read_committed
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK, CommerceTestCase, account
from erp_connect.tests.bench.inbound_case import InboundTestCase, at_once

STOREKEEPER = "storekeeper@example.com"
# What a site sends of its stock ledger, so that the levels of the other become equal.
ROWS = (
	("join('/', [voucher_no, voucher_detail_no, item_code, warehouse])", "id"),
	("item_code", "item_code"),
	("warehouse", "warehouse"),
	("actual_qty", "quantity"),
	("if(voucher_type=='Stock Reconciliation', qty_after_transaction, `null`)", "level"),
	("if(incoming_rate > `0`, incoming_rate, valuation_rate)", "rate"),
	("posting_date", "posting_date"),
	("posting_time", "posting_time"),
	("is_cancelled==`1`", "cancelled"),
	("creation", "recorded"),
)


def other_warehouse() -> str:
	return frappe.db.get_value(
		"Warehouse", {"company": make.company(), "is_group": 0, "warehouse_name": "Finished Goods"}
	)


def count(item: str, level: float, rate: float = 5, warehouse: str = "", **values: Any):
	doc = frappe.get_doc(
		{
			"doctype": "Stock Reconciliation",
			"company": make.company(),
			"purpose": "Stock Reconciliation",
			"items": [
				{
					"item_code": item,
					"warehouse": warehouse or make.warehouse(),
					"qty": level,
					"valuation_rate": rate,
				}
			],
			**values,
		}
	).insert()
	doc.submit()
	return doc


def at(clock: str, day: int = -5) -> dict[str, Any]:
	return {"set_posting_time": 1, "posting_date": add_days(nowdate(), day), "posting_time": clock}


def cancel(doc) -> None:
	frappe.get_doc(doc.doctype, doc.name).cancel()


class StockMovementTestCase(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(STOREKEEPER, ("Stock User", "Stock Manager", "Item Manager"))
		self.settings_of_shop(user=STOREKEEPER)
		self.item = make.item().name
		self.commit()

	def move(self, id: str = "", **values: Any):
		(written,) = self.event(
			"Stock Movement",
			**{
				"id": id or make.unique("m"),
				"item_code": self.item,
				"warehouse": make.warehouse(),
				"rate": 5,
				**values,
			},
		)
		return written

	def level(self, warehouse: str = "") -> float:
		frappe.db.rollback()
		where = {"item_code": self.item, "warehouse": warehouse or make.warehouse()}
		return flt(frappe.db.get_value("Bin", where, "actual_qty"))


class TestMovements(StockMovementTestCase):
	def test_a_receipt_and_an_issue(self):
		written = self.move("m-1", quantity="4.0", rate="7.5")
		self.assertEqual(
			(written.action, written.doctype, written.external_id), ("created", "Stock Entry", "m-1")
		)
		doc = frappe.get_doc("Stock Entry", written.name)
		self.assertEqual((doc.docstatus, doc.purpose, doc.company), (1, "Material Receipt", self.company))
		self.assertEqual((doc.owner, doc.items[0].basic_rate, doc.items[0].uom), (STOREKEEPER, 7.5, "Nos"))
		written = self.move(quantity=-3)
		self.assertEqual(frappe.db.get_value("Stock Entry", written.name, "purpose"), "Material Issue")
		self.assertEqual(self.level(), 1)

	def test_a_movement_that_comes_again_moves_nothing(self):
		first = self.move("m-1", quantity=4)
		again = self.move("m-1", quantity=4)
		self.assertEqual((again.action, again.name), ("unchanged", first.name))
		self.assertEqual(self.level(), 4)

	def test_one_that_comes_again_and_says_otherwise_is_held_with_both(self):
		entry = self.move("m-1", quantity=5).name
		for values in ({"quantity": 7}, {"quantity": -5}, {"warehouse": other_warehouse(), "quantity": 5}):
			with self.subTest(values), self.assertRaises(HeldForReview) as caught:
				self.move("m-1", **values)
			frappe.db.rollback()
			self.assertIn(entry, str(caught.exception))
			self.assertIn("Correct by hand what was booked", str(caught.exception))
			self.assertIn("then press Skip", str(caught.exception))
		self.assertEqual(self.level(), 5)
		self.move("c-1", level=9)
		with self.assertRaises(HeldForReview):
			self.move("c-1", level=8)
		frappe.db.rollback()
		self.assertEqual(self.move("m-1", quantity="5.000").action, "unchanged")
		self.assertEqual(self.move("m-1", cancelled=True, quantity=7).action, "cancelled")

	def test_of_one_booked_before_that_was_kept_nothing_is_compared(self):
		self.move("m-1", quantity=5)
		link = self.links(external_id="m-1")[0]
		frappe.db.set_value(
			"Sync Link", link.name, "details", '{"made": true, "undone": false, "recorded": ""}'
		)
		self.assertEqual(self.move("m-1", quantity=7).action, "unchanged")

	def test_a_count_makes_the_level_what_it_says(self):
		self.move(quantity=4)
		written = self.move("c-1", level=9, quantity=0)
		self.assertEqual((written.action, written.doctype), ("created", "Stock Reconciliation"))
		self.assertEqual(self.level(), 9)
		self.assertEqual(self.move("c-1", level=9).action, "unchanged")
		self.move(level=0)
		self.assertEqual(self.level(), 0)
		self.move(level=3, rate=None)
		self.assertEqual(self.level(), 3)

	def test_what_changes_nothing_is_remembered(self):
		self.move(quantity=4)
		for values in ({"level": 4, "rate": None}, {"level": 4, "rate": 5}, {"quantity": 0}):
			with self.subTest(**values):
				written = self.move("n-" + str(values), **values)
				self.assertEqual((written.action, written.name), ("unchanged", None))
				self.assertTrue(written.reason)
				self.assertEqual(len(self.links(external_id="n-" + str(values))), 1)
				# Meanwhile the level is another: the count that came before has had its say.
				self.move(quantity=1)
				self.assertEqual(self.move("n-" + str(values), **values).action, "unchanged")
				self.move(quantity=-1)
		self.assertEqual(self.level(), 4)

	def test_time_of_the_movement(self):
		day = add_days(nowdate(), -3)
		written = self.move(quantity=4, posting_date=day, posting_time="10:20:30")
		doc = frappe.get_doc("Stock Entry", written.name)
		self.assertEqual((str(doc.posting_date), str(doc.posting_time)), (day, "10:20:30"))
		written = self.move(quantity=4, posting_date=add_days(nowdate(), 3), posting_time="10:20:30")
		self.assertEqual(str(frappe.db.get_value("Stock Entry", written.name, "posting_date")), nowdate())
		zone = frappe.utils.get_system_timezone()
		self.assertNotEqual(zone, "Pacific/Kiritimati")
		written = self.move(quantity=1, posting_date=f"{day}T23:59:00-12:00")
		self.assertEqual(
			str(frappe.db.get_value("Stock Entry", written.name, "posting_date")), add_days(day, 1)
		)

	def test_an_older_movement_does_not_touch_a_later_count(self):
		self.move(level=20, posting_date=at("10:00:00")["posting_date"], posting_time="10:00:00")
		self.move(quantity=5, posting_date=at("09:00:00")["posting_date"], posting_time="09:00:00")
		self.assertEqual(self.level(), 20)
		self.move(quantity=-3, posting_date=at("11:00:00")["posting_date"], posting_time="11:00:00")
		self.assertEqual(self.level(), 17)

	def test_a_later_movement_that_came_before_the_count(self):
		self.move(quantity=10, **_when("08:00:00"))
		self.move(quantity=-3, **_when("11:00:00"))
		self.move(level=20, **_when("10:00:00"))
		self.assertEqual(self.level(), 17)

	def test_a_cancelled_count(self):
		self.move(quantity=10, **_when("08:00:00"))
		made = self.move("c-1", level=20, **_when("10:00:00"))
		self.move(quantity=-3, **_when("11:00:00"))
		ended = self.move("c-1", level=10, cancelled=True)
		self.assertEqual((ended.action, ended.name), ("cancelled", made.name))
		self.assertEqual(self.level(), 7)
		self.assertEqual(self.move("c-1", level=10, cancelled=True).action, "unchanged")
		self.assertEqual(self.move("c-1", level=20).action, "unchanged")
		self.assertEqual(self.level(), 7)

	def test_a_cancellation_that_overtook_its_movement(self):
		self.assertEqual(self.move("c-1", level=10, cancelled=1).action, "unchanged")
		self.assertEqual(self.move("c-1", level=20).action, "unchanged")
		self.assertEqual(self.level(), 0)

	def test_older_news_of_a_movement_is_no_news(self):
		self.move("m-1", quantity=4, recorded="2026-01-01T10:00:00")
		self.assertEqual(self.move("m-1", cancelled=True, recorded="2026-01-01T09:00:00").action, "unchanged")
		self.assertEqual(self.level(), 4)
		self.assertEqual(self.move("m-1", cancelled=True, recorded="2026-01-01T10:00:05").action, "cancelled")
		self.assertEqual(self.move("m-1", quantity=4, recorded="2026-01-01T10:00:00").action, "unchanged")
		self.assertEqual(self.level(), 0)
		again = self.move("m-1", quantity=4, recorded="2026-01-01T10:00:05")
		self.assertEqual((again.action, self.level()), ("created", 4))
		self.assertEqual(len(self.links(external_id="m-1")), 1)

	def test_long_ids(self):
		written = self.move("x" * 500, quantity=4)
		self.assertLess(len(written.external_id), 141)
		self.assertEqual(self.move("x" * 500, quantity=4).name, written.name)
		self.assertEqual(self.move("x" * 500 + "y", quantity=1).action, "created")

	def test_a_movement_whose_document_was_deleted_is_booked_again(self):
		written = self.move("m-1", quantity=4)
		doc = frappe.get_doc("Stock Entry", written.name)
		doc.cancel()
		doc.delete(force=True)  # ERPNext 16 keeps what is in its ledgers, unless told otherwise
		self.commit()
		self.assertEqual(self.move("m-1", quantity=4).action, "created")
		self.assertEqual(self.level(), 4)

	def test_rates(self):
		written = self.move(quantity=2, rate=0)
		self.assertEqual(frappe.get_doc("Stock Entry", written.name).items[0].basic_rate, 0)
		written = self.move(quantity=2, rate=None, item_code=self.first)
		self.assertEqual(frappe.get_doc("Stock Entry", written.name).items[0].basic_rate, 5)


class TestRefused(StockMovementTestCase):
	def refused(self, error: type[Exception], code: str, **values: Any) -> str:
		with self.assertRaises(error) as caught:
			self.move("r-1", **values)
		self.assertEqual(caught.exception.code, code)
		self.assertEqual(self.level(), 0)
		self.assertEqual(self.links(external_id="r-1"), [])
		return str(caught.exception)

	def test_unknown_items_and_warehouses_are_tried_again(self):
		code = make.unique("Later")
		for unknown in ({"item_code": code}, {"warehouse": "nope"}):
			words = self.refused(BadRecord, "missing_link", quantity=1, **unknown)
			self.assertIn(next(iter(unknown.values())), words)
			self.assertIn("If it never comes, create it, or map it by a Value Map", words)
		make.item(item_code=code)
		self.assertEqual(self.move("r-1", quantity=1, item_code=code).action, "created")

	def test_stock_that_is_not_there_is_waited_for(self):
		words = self.refused(BadRecord, "missing_link", quantity=-2)
		self.assertIn(self.item, words)
		self.assertNotIn("<", words)
		self.assertIn("If none comes, book what is missing", words)
		self.move(quantity=3)
		self.assertEqual(self.move("r-1", quantity=-2).action, "created")
		self.assertEqual(self.level(), 1)

	def test_batches_and_serial_numbers_are_held(self):
		for values in ({"has_batch_no": 1, "create_new_batch": 1}, {"has_serial_no": 1}):
			item = make.item(**values).name
			self.assertIn(item, self.refused(HeldForReview, "batch_or_serial", quantity=1, item_code=item))

	def test_items_without_stock(self):
		item = make.item(is_stock_item=0).name
		self.refused(BadRecord, "not_stocked", quantity=1, item_code=item)

	def test_records_that_cannot_be_read(self):
		for values in (
			{},
			{"quantity": "x"},
			{"level": -1},
			{"quantity": 1, "posting_date": "soon"},
			{"sku": 1},
		):
			with self.subTest(**values), self.assertRaises(OrderError):
				self.move("r-1", **values)

	def test_a_group_of_warehouses_is_held(self):
		group = frappe.db.get_value("Warehouse", {"company": self.company, "is_group": 1})
		self.refused(HeldForReview, "held", quantity=1, warehouse=group)

	def test_who_may_not_move_stock(self):
		make.user("seller@example.com", ("Sales User",))
		self.settings_of_shop(user="seller@example.com")
		with self.assertRaises(frappe.PermissionError):
			self.move(quantity=1)
		self.assertEqual(self.level(), 0)

	def test_a_count_takes_the_role_that_counts(self):
		self.settings_of_shop(user=CLERK)
		self.move(quantity=1)
		with self.assertRaises(frappe.PermissionError):
			self.move(level=9)
		self.assertEqual(self.level(), 1)


class TestLedger(StockMovementTestCase):
	"""The stock ledger of one warehouse, sent as a site would send it, moves another: both levels stay equal."""

	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Stock Ledger Entry",
			[make.request("Insert", "POST", "/movements")],
			[make.row(source, target) for source, target in ROWS],
			condition=f"warehouse=='{make.warehouse()}'",
		)
		self.commit()
		self.sent = 0

	def bodies(self) -> list[dict[str, Any]]:
		"""What was sent since the last look, for the other warehouse."""
		frappe.set_user("Administrator")
		self.deliver()
		found = [json.loads(request.body) for request in self.arrived("/movements")[self.sent :]]
		self.sent += len(found)
		return [{**body, "warehouse": other_warehouse()} for body in found]

	def booked(self, body: dict[str, Any]) -> bool:
		try:
			self.event("Stock Movement", **body)
		except BadRecord as error:
			self.assertEqual(error.code, "missing_link")
			frappe.db.rollback()
			return False
		return True

	def both(self, expected: float, *, backwards: bool = False) -> None:
		"""Let what happened arrive; the levels are equal then."""
		bodies = self.bodies()
		waiting = list(reversed(bodies) if backwards else bodies)
		for _round in range(len(waiting)):
			waiting = [body for body in waiting if not self.booked(body)]
		self.assertEqual(waiting, [])
		self.assertEqual((self.level(), self.level(other_warehouse())), (expected, expected), bodies)
		self.assertEqual(self.bodies(), [])

	def entry(self, quantity: float, clock: str):
		line = {"item_code": self.item, "qty": abs(quantity), "uom": "Nos", "basic_rate": 5}
		line["t_warehouse" if quantity > 0 else "s_warehouse"] = make.warehouse()
		kind = "Material Receipt" if quantity > 0 else "Material Issue"
		values = {
			"doctype": "Stock Entry",
			"stock_entry_type": kind,
			"company": self.company,
			"items": [line],
		}
		doc = frappe.get_doc({**values, **at(clock)}).insert()
		doc.submit()
		return doc

	def delivery(self, quantity: float, clock: str):
		order = make.sales_order(make.customer().name, [(self.item, quantity, 10)])
		doc = make_delivery_note(order.name)
		doc.update(at(clock))
		doc.insert()
		doc.submit()
		return doc

	def test_each_kind_of_document_and_its_cancellation(self):
		receipt = self.entry(10, "08:00:00")
		self.both(10)
		note = self.delivery(3, "09:00:00")
		self.both(7)
		first = count(self.item, 20, **at("10:00:00"))
		self.both(20)
		issue = self.entry(-2, "11:00:00")
		self.both(18)
		second = count(self.item, 15, 6, **at("12:00:00"))
		self.both(15)
		cancel(note)  # before the counts: they know how many there are
		self.both(15)
		late = self.entry(4, "13:00:00")
		self.both(19)
		cancel(second)
		self.both(22)
		cancel(issue)
		self.both(24)
		cancel(late)
		self.both(20)
		cancel(first)
		self.both(10)
		cancel(receipt)
		self.both(0)

	def test_first_count_of_an_item_and_one_down_to_nothing(self):
		first = count(self.item, 8, **at("10:00:00"))
		self.both(8)
		empty = count(self.item, 0, 0, **at("11:00:00"))
		self.both(0)
		cancel(empty)
		self.both(8)
		cancel(first)
		self.both(0)

	def test_booked_before_a_count_that_is_cancelled_later(self):
		first = count(self.item, 8, **at("10:00:00"))
		self.both(8)
		self.entry(5, "09:00:00")
		self.both(8)
		cancel(first)
		self.both(5)

	def test_a_count_of_the_value_only(self):
		self.entry(10, "08:00:00")
		count(self.item, 10, 9, **at("10:00:00"))
		self.both(10)
		rates = [
			frappe.db.get_value("Bin", {"item_code": self.item, "warehouse": name}, "valuation_rate")
			for name in (make.warehouse(), other_warehouse())
		]
		self.assertEqual(rates, [9, 9])

	def test_cancelled_before_it_was_sent(self):
		cancel(count(self.item, 8, **at("10:00:00")))
		cancel(self.entry(5, "11:00:00"))
		self.both(0)

	def test_in_the_wrong_order(self):
		self.entry(10, "08:00:00")
		count(self.item, 20, **at("10:00:00"))
		self.entry(-3, "11:00:00")
		self.entry(4, "12:00:00")
		self.both(21, backwards=True)

	def test_what_came_from_the_account_is_not_sent_back(self):
		self.move(quantity=4)
		self.move(level=9)
		self.move("c", level=7)
		self.move("c", cancelled=True)
		self.assertEqual((self.level(), self.bodies()), (9, []))
		self.assertEqual(self.events(), [])
		with coming_from("Another Account"):
			self.entry(1, "08:00:00")
		self.assertEqual(len(self.bodies()), 1)

	def test_all_is_undone_from_the_first_document_on(self):
		receipt = self.entry(10, "08:00:00")
		note = self.delivery(3, "09:00:00")
		self.both(7)
		cancel(note)
		cancel(receipt)
		self.both(0)

	def test_landed_costs_book_a_receipt_anew(self):
		receipt = self.purchase(10)
		self.both(10)
		self.landed(receipt, 30)
		self.both(10)
		cancel(receipt)
		self.both(0)

	def purchase(self, quantity: float):
		doc = frappe.get_doc(
			{
				"doctype": "Purchase Receipt",
				"company": self.company,
				"supplier": supplier(),
				"items": [
					{"item_code": self.item, "qty": quantity, "rate": 5, "warehouse": make.warehouse()}
				],
				**at("08:00:00"),
			}
		).insert()
		doc.submit()
		return doc

	def landed(self, receipt, amount: float) -> None:
		voucher = frappe.get_doc(
			{
				"doctype": "Landed Cost Voucher",
				"company": self.company,
				"purchase_receipts": [
					{
						"receipt_document_type": receipt.doctype,
						"receipt_document": receipt.name,
						"supplier": receipt.supplier,
						"grand_total": receipt.grand_total,
					}
				],
				"taxes": [
					{
						"expense_account": account("Landed Freight", "Chargeable", "Direct Expenses"),
						"description": "Freight",
						"amount": amount,
					}
				],
				"distribute_charges_based_on": "Qty",
			}
		)
		voucher.get_items_from_purchase_receipts()
		voucher.insert()
		voucher.submit()
		voucher.cancel()

	def test_ids_survive_the_names_that_erpnext_gives_later(self):
		"""ERPNext names its ledger entries anew within the hour; what happens to them then has the same id."""
		receipt = self.entry(10, "08:00:00")
		self.both(10)
		for doctype in ("GL Entry", "Stock Ledger Entry"):  # those of other tests are not what is looked at
			frappe.db.set_value(doctype, {"voucher_no": ("!=", receipt.name)}, "to_rename", 0)
		rename_gle_sle_docs()
		self.assertFalse(frappe.db.exists("Stock Ledger Entry", {"voucher_no": receipt.name, "to_rename": 1}))
		cancel(receipt)
		self.both(0)


class TestByWebhook(InboundTestCase):
	def test_movements_come_as_events_and_wait_for_what_they_need(self):
		make.user(STOREKEEPER, ("Stock User", "Stock Manager", "Item Manager"))
		self.change(user=STOREKEEPER)
		fields = ("id", "item_code", "warehouse", "quantity", "rate")
		make.flow(
			"Stock Entry", [], [make.row(name, name) for name in fields],
			direction="Incoming", purpose="Stock Movement", remote_entity="movement", topics="moved",
		)  # fmt: skip
		item = make.item().name
		self.commit()
		base = {"item_code": item, "warehouse": make.warehouse(), "rate": 5}
		self.hook({**base, "id": "m-2", "quantity": -1}, topic="moved")
		self.work()
		event = self.event()
		self.assertEqual((event.status, event.outcome), ("Retrying", "missing_link"), event.error)
		self.assertIn(item, event.error)
		self.hook({**base, "id": "m-1", "quantity": 3}, topic="moved")
		self.hook({**base, "id": "m-1", "quantity": 3, "again": 1}, topic="moved")
		self.later()
		self.work()
		self.later()
		self.work()
		self.assertEqual(self.statuses(), ["Processed"] * 3, self.history())
		where = {"item_code": item, "warehouse": make.warehouse()}
		self.assertEqual(flt(frappe.db.get_value("Bin", where, "actual_qty")), 2)
		self.assertEqual(frappe.get_doc("Stock Entry", self.events()[0].reference_name).owner, STOREKEEPER)

	def test_counts_and_movements_of_one_item_at_once(self):
		"""Workers on several connections: nothing is lost, and nothing is booked twice."""
		item = make.item().name
		self.commit()
		record = {"item_code": item, "warehouse": make.warehouse(), "rate": 5, **_when("10:00:00")}
		moves = [
			{**record, "id": f"m-{number}", "quantity": 2, "posting_time": "11:00:00"} for number in range(4)
		]
		records = [*moves, *moves, {**record, "id": "c", "level": 10}, {**record, "id": "c", "level": 10}]
		site = frappe.local.site

		def book(number: int) -> str:
			frappe.init(site=site, sites_path=".")
			frappe.connect()
			try:
				with read_committed():
					frappe.set_user(make.USER)
					(written,) = HANDLERS["Stock Movement"](commerce.load(make.ACCOUNT), records[number])
					frappe.db.commit()
					return written.action
			finally:
				frappe.destroy()

		actions = at_once(len(records), book)
		self.assertEqual(sorted(actions), ["created"] * 5 + ["unchanged"] * 5)
		frappe.db.rollback()
		where = {"item_code": item, "warehouse": make.warehouse()}
		self.assertEqual(flt(frappe.db.get_value("Bin", where, "actual_qty")), 18)


def supplier() -> str:
	name = "Movement Supplier"
	if not frappe.db.exists("Supplier", name):
		group = make.leaf("Supplier Group")
		frappe.get_doc({"doctype": "Supplier", "supplier_name": name, "supplier_group": group}).insert()
	return name


def _when(clock: str) -> dict[str, str]:
	return {"posting_date": at(clock)["posting_date"], "posting_time": clock}
