"""Ids, names and codes from outside are compared letter by letter, whatever the database's order of texts says."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.parties import customers
from erp_connect.commerce.sales import articles
from erp_connect.config import inflow
from erp_connect.core.errors import ConnectError
from erp_connect.patches import article_codes_without_case
from erp_connect.records import intake, write
from erp_connect.records.errors import HeldForReview
from erp_connect.store import schema, sync_link, synced
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK, CommerceTestCase

FIRST, SECOND = "00Q8d00000AbCdEAAX", "00Q8d00000aBcDeAAX"
ALIKE = (FIRST, SECOND, "00q8d00000abcdeaax", "00Q8d00000AbCdÉAAX", FIRST + " ")


class TestIds(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		flow = make.flow(
			"Lead", [], [make.row("first_name", "first"), make.row("last_name", "last")],
			direction="Incoming", inbound_id_expression="id",
		)  # fmt: skip
		self.flow = inflow.load(flow.name)

	def leads(self) -> dict[str, str]:
		names = {link.external_id: link.document_name for link in self.links()}
		return {key: frappe.db.get_value("Lead", name, "first_name") for key, name in names.items()}

	def links(self) -> list:
		return frappe.get_all("Sync Link", fields=["external_id", "document_name"])

	def test_two_people_whose_ids_differ_in_case_are_two_leads(self):
		known: set[str] = set()
		for number, external_id in enumerate(ALIKE):
			done = write.upsert(self.flow, {"id": external_id, "first": f"P{number}", "last": "X"}, known)
			self.assertEqual(done.action, "created", external_id)
		everyone = {external_id: f"P{number}" for number, external_id in enumerate(ALIKE)}
		self.assertEqual(self.leads(), everyone)
		known = write.look_ahead(self.flow, [{"id": SECOND}, {"id": "00Q8D00000ABCDEAAX"}])
		self.assertEqual(known, {SECOND})
		done = write.upsert(self.flow, {"id": SECOND, "first": "Changed", "last": "X"})
		self.assertEqual((done.action, self.leads()), ("updated", {**everyone, SECOND: "Changed"}))

	def test_a_page_of_a_pull_tells_them_apart(self):
		records = [{"id": external_id, "first": "A", "last": "B"} for external_id in ALIKE]
		self.assertEqual(intake.store(self.flow, records).queued, len(ALIKE))
		write.upsert(self.flow, {"id": FIRST, "first": "A", "last": "B"})
		self.assertEqual(list(synced.received(make.ACCOUNT, "lead", [FIRST, SECOND])), [FIRST])
		self.assertEqual(sync_link.find_external(make.ACCOUNT, "lead", SECOND), None)

	def test_tables_from_before_are_made_exact(self):
		frappe.db.sql_ddl(
			"ALTER TABLE `tabSync Link` MODIFY external_id varchar(140) COLLATE utf8mb4_unicode_ci"
		)
		self.addCleanup(schema.ensure)
		write.upsert(self.flow, {"id": FIRST, "first": "A", "last": "B"})
		self.assertTrue(sync_link.find_external(make.ACCOUNT, "lead", SECOND))
		schema.ensure()
		self.assertIsNone(sync_link.find_external(make.ACCOUNT, "lead", SECOND))
		self.assertTrue(sync_link.find_external(make.ACCOUNT, "lead", FIRST))


class TestMovements(CommerceTestCase):
	def move(self, movement: str, item: str, quantity: float = 0) -> Any:
		values = {"item_code": item, "warehouse": make.warehouse(), "quantity": quantity}
		(written,) = self.event("Stock Movement", id=movement, **values)
		return written

	def test_ids_of_movements_that_differ_in_case(self):
		for movement in ("m-AbC", "m-aBc"):
			self.assertEqual(self.move(movement, self.first).action, "unchanged")
			self.assertTrue(sync_link.find_external(make.ACCOUNT, "stock_movement", "m-AbC"), movement)
		self.assertTrue(sync_link.find_external(make.ACCOUNT, "stock_movement", "m-aBc"))

	def test_stock_of_an_item_moves_by_its_own_code_only(self):
		make.user(CLERK, ("Stock Manager",))
		self.addCleanup(self.commit)
		self.addCleanup(lambda: frappe.get_doc("User", CLERK).remove_roles("Stock Manager"))
		item = make.item(item_code=make.unique("Muller")).name
		for code in (item.replace("u", "ü"), item.upper()):
			with self.subTest(code), self.assertRaisesRegex(ConnectError, code):
				self.move("m-1", code, 4)
		self.assertEqual(self.move("m-1", item, 4).action, "created")
		self.settings_of_shop(item_codes_ignore_case=1)
		self.assertEqual(self.move("m-2", item.upper(), 4).action, "created")
		self.assertEqual(self.stock_of(item), 8)


class TestNames(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), item_group=make.leaf("Item Group"))
		self.mark = frappe.generate_hash(length=6)

	def settings(self, **values: Any) -> commerce.CommerceSettings:
		frappe.get_doc("Integration Settings", make.ACCOUNT).update(values).save()
		return commerce.load(make.ACCOUNT)

	def items(self, code: str, **values: Any) -> str:
		return articles.items_of(self.settings(**values), {code: "Title"})[code]

	def test_a_customer_is_meant_by_his_own_name_only(self):
		name = make.customer(customer_name=f"Muller AG {self.mark}").name
		settings = self.settings()
		for other in (f"Müller AG {self.mark}", name.upper()):
			self.assertIsNone(customers.resolve(settings, other, None))
		self.assertEqual(customers.resolve(settings, name, None), name)

	def test_an_article_is_an_item_of_just_its_code(self):
		make.selling_item(f"Muller-{self.mark}")
		for code in (f"Müller-{self.mark}", f"MULLER-{self.mark}"):
			for missing in ("Hold the order", "Create the item"):
				with (
					self.subTest(code, missing=missing),
					self.assertRaisesRegex(HeldForReview, "barcode.*Retry"),
				):
					self.items(code, missing_item=missing)
		self.assertEqual(self.items(f"Muller-{self.mark}"), f"Muller-{self.mark}")

	def test_the_remedies_that_the_message_names(self):
		code = f"sku-{self.mark}"
		make.selling_item(code.upper())
		self.assertEqual(self.items(code, item_codes_ignore_case=1), code.upper())
		with self.assertRaises(HeldForReview):
			self.items(code, item_codes_ignore_case=0)
		item = frappe.get_doc("Item", code.upper())
		item.append("barcodes", {"barcode": code})
		item.save()
		self.assertEqual(self.items(code), code.upper())
		with self.assertRaises(HeldForReview):
			self.items(code.title())

	def test_accounts_from_before_go_on_overlooking_case(self):
		self.assertFalse(self.settings().codes_ignore_case)
		article_codes_without_case.execute()
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		self.assertTrue(commerce.load(make.ACCOUNT).codes_ignore_case)

	def test_an_item_that_another_worker_just_made(self):
		code = f"New-{self.mark}"
		settings = self.settings(missing_item="Create the item")
		make.selling_item(code)
		self.assertEqual(articles._create(settings, code, "Title"), code)
