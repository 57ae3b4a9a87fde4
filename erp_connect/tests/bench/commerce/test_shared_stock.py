"""One stock sold by several shops at once: each shows what is left, less what is kept back there, and ends with that."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.inbound_case import InboundTestCase, at_once

# Of each shop: key of its calls, and pieces that are kept back.
SHOPS = {"First": ("first-key-0001", 0), "Second": ("second-key-0002", 1), "Third": ("third-key-0003", 3)}
FIGURE = "max([`0`, floor(subtract(subtract(actual_qty, reserved_qty), _account.stock_buffer))])"
PIECES = 20


class TestSharedStock(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.item = make.item().name
		make.receipt(self.item, PIECES)
		for shop, (key, kept_back) in SHOPS.items():
			self.make_account(
				shop, key, warehouse=make.warehouse(), stock_buffer=kept_back, submit_orders=1,
				payment_makes="Nothing", customer_group=make.leaf("Customer Group"), territory=make.leaf("Territory"),
				price_list="Standard Selling",
			)  # fmt: skip
			self.stock_flow(shop)
		self.commit()
		services.flush()
		worker = services.Worker().start()
		self.addCleanup(worker.kill)

	def stock_flow(self, shop: str) -> None:
		make.flow(
			"Bin",
			[make.request(event, "PUT", f"/{shop}/{{item_code}}", operation="Send") for event in ("Insert", "Change")],
			[make.row(FIGURE, "quantity", transform="Integer")],
			name=f"Stock of {shop}",
			integration=shop,
			remote_entity="stock",
			condition=f"item_code == '{self.item}'",
			triggers=[
				{"trigger_doctype": "Stock Ledger Entry", "match_fields": "item_code=item_code, warehouse=warehouse"},
				{
					"trigger_doctype": "Sales Order", "table_field": "items",
					"match_fields": "item_code=item_code, warehouse=warehouse",
				},
			],
		)  # fmt: skip

	def shown(self, shop: str) -> int | None:
		"""What a shop was told last."""
		told = [one for one in self.arrived() if one.path.startswith(f"/{shop}/")]
		return told[-1].json["quantity"] if told else None

	def buy(self, shop: str, number: int, quantity: int) -> None:
		body: dict[str, Any] = {
			"id": f"{shop} {self.item} {number}", "currency": "USD", "customer": {"id": f"{shop} {number}", "name": "Buyer"},
			"lines": [{"id": "1", "sku": self.item, "quantity": quantity, "unit_price": "10.00"}],
			"total": f"{quantity * 10}.00",
		}  # fmt: skip
		self.ok(self.call("create_order", body, headers={"X-Api-Key": SHOPS[shop][0]}), 200)

	def free(self) -> float:
		frappe.db.rollback()
		row = frappe.db.get_value(
			"Bin", {"item_code": self.item, "warehouse": make.warehouse()}, ["actual_qty", "reserved_qty"], as_dict=True
		)  # fmt: skip
		return row.actual_qty - row.reserved_qty

	def wanted(self) -> dict[str, int]:
		free = self.free()
		return {shop: max(0, int(free - kept_back)) for shop, (_key, kept_back) in SHOPS.items()}

	def assert_shown(self) -> None:
		self.wait_for(
			lambda: {shop: self.shown(shop) for shop in SHOPS} == self.wanted(), 30,
			f"{ {shop: self.shown(shop) for shop in SHOPS} } instead of {self.wanted()}: {self.history()}",
		)  # fmt: skip

	def test_the_last_pieces_sold_by_three_shops_at_once(self):
		make.receipt(self.item, 1)
		self.commit()
		self.assert_shown()
		self.assertEqual([self.shown(shop) for shop in SHOPS], [21, 20, 18])
		shops = list(SHOPS)
		at_once(9, lambda number: self.buy(shops[number % 3], number, 2))
		self.assertEqual(self.free(), 3)
		self.assert_shown()
		self.assertEqual([self.shown(shop) for shop in SHOPS], [3, 2, 0])
		# The last three: whoever has none to show sells none, however quick his buyers are.
		self.buy("First", 10, 2)
		self.assert_shown()
		self.assertEqual([self.shown(shop) for shop in SHOPS], [1, 0, 0])
		self.buy("First", 11, 1)
		self.assert_shown()
		self.assertEqual((self.free(), [self.shown(shop) for shop in SHOPS]), (0, [0, 0, 0]))

	def test_what_is_sold_twice_all_the_same_shows_nothing_more_anywhere(self):
		"""Two shops that keep nothing back sell the same last pieces in the same moment: told, and not lost."""
		make.receipt(self.item, 1)
		self.commit()
		self.assert_shown()
		at_once(2, lambda number: self.buy(("First", "Second")[number], number, 20))
		self.assertEqual(self.free(), 21 - 40)
		self.assert_shown()
		self.assertEqual([self.shown(shop) for shop in SHOPS], [0, 0, 0])

	def test_buyers_and_deliveries_that_do_not_stop(self):
		"""Sales at all shops, and goods that arrive meanwhile: the last word of each is the stock as it is."""
		shops = list(SHOPS)
		at_once(6, lambda number: [self.buy(shops[number % 3], 10 * number + more, 1) for more in range(3)])
		make.receipt(self.item, 5)
		self.commit()
		at_once(3, lambda number: self.buy(shops[number], 100 + number, 1))
		self.assertEqual(self.free(), PIECES - 18 + 5 - 3)
		self.assert_shown()
