"""The review desk in a real browser: orders, conflicts, matches and differences are decided in one place, by keyboard."""

from __future__ import annotations

import json

import frappe

from erp_connect.inbound import process as processing
from erp_connect.pull import run as pulling
from erp_connect.store import keys, sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase
from erp_connect.tests.fakes.fault_server import Reply


class ReviewCase(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), inbound_enabled=1)
		make.flow(
			"Customer",
			[],
			[
				make.row("customer_name", "name", is_match_key=1),
				make.row("customer_group", "group", default_value=make.leaf("Customer Group")),
				make.row("territory", "region", default_value=make.leaf("Territory")),
				make.row("website", "site"),
			],
			direction="Incoming",
			topics="*",
			inbound_id_expression="id",
		)
		self.name = make.unique("Twin")
		self.twins = [
			make.customer(customer_name=self.name, website=f"https://{side}.example.com").name
			for side in ("one", "two")
		]
		self.commit()

	def work(self) -> None:
		frappe.db.rollback()
		processing.process(make.ACCOUNT)
		frappe.db.rollback()

	def ambiguous(self, external_id: str = "c-7") -> str:
		name = self.came_in(id=external_id, name=self.name, site="https://two.example.com")
		event = self.event(name=name)
		self.assertEqual((event.status, event.outcome), ("On Hold", "several_match"))
		return name

	def open(self) -> None:
		self.desk.open("/app/connect-review")
		self.desk.until(
			lambda: self.desk.run("return !!document.querySelector('[data-part=detail] > *')"), "the desk"
		)

	def key(self, *pressed: str) -> None:
		"""Press keys as at a keyboard, wherever the focus is."""
		from selenium.webdriver.common.action_chains import ActionChains

		for one in pressed:
			ActionChains(self.desk.driver).send_keys(one).perform()
			self.desk.settle()

	def confirm(self) -> None:
		"""Say yes, once the question has faded in: before, Frappe does not hide it."""
		there = "return $('.modal.show').last().data('bs.modal')?._isTransitioning === false"
		self.desk.until(lambda: self.desk.run(there), "the question")
		self.desk.click("Yes", ".modal-footer button")


class TestMatches(ReviewCase):
	def test_the_right_one_is_chosen_and_linked_by_key(self):
		event = self.ambiguous()
		self.open()
		self.desk.see("Link and Retry")
		for text in (*self.twins, "https://two.example.com", "Which document?"):
			self.desk.see(text)
		self.shot("match")
		self.key("l")
		self.desk.see("Choose one of the documents first.")
		self.key("2", "l")
		self.desk.see("The event is queued again.")
		self.work()
		row = self.event(name=event)
		self.assertEqual((row.status, row.reference_name), ("Processed", self.twins[1]))
		self.open()
		self.desk.see("Nothing waits for a decision.")
		self.shot("nothing")

	def test_its_record_is_opened_outside(self):
		address = "https://shop.example.com/c/7"
		self.ambiguous()
		entity = frappe.db.get_value("Field Mapping", "Test Customer", "remote_entity")
		make.link("Customer", self.twins[0], entity, "c-7", external_url=address)
		self.commit()
		self.open()
		self.desk.see("Open Outside")
		link = f"document.querySelector('[data-part=detail] a[href=\"{address}\"]')"
		self.assertEqual(self.desk.run(f"return {link}?.rel"), "noopener noreferrer")

	def test_a_new_document_is_made_of_it(self):
		event = self.ambiguous()
		self.open()
		self.desk.see("Create a New Customer…")
		self.key("c")
		self.desk.until(
			lambda: self.desk.run("return cur_frm?.doctype === 'Customer' && cur_frm.is_new()"), "a form"
		)
		self.assertEqual(self.desk.run("return cur_frm.doc.customer_name"), self.name)
		self.desk.run("return cur_frm.set_value('customer_type', 'Company')")
		self.desk.settle()
		self.shot("create")
		self.desk.run("return cur_frm.save()")
		self.desk.see("The event is queued again.")
		self.work()
		row = self.event(name=event)
		self.assertEqual(row.status, "Processed")
		self.assertNotIn(row.reference_name, self.twins)

	def test_twins_are_merged_by_key(self):
		event = self.ambiguous()
		stays, goes = self.twins
		self.open()
		self.desk.see("Merge…")
		self.key("1", "m")
		self.desk.see("This stays, and gets all that points at the others:")
		self.desk.see(goes)
		self.shot("merge")
		self.desk.click("Merge", ".modal-footer button")
		self.desk.see("The event is queued again.")
		self.work()
		row = self.event(name=event)
		self.assertEqual((row.status, row.reference_name), ("Processed", stays), self.history())
		self.assertFalse(frappe.db.exists("Customer", goes))

	def test_a_user_who_may_not_link_is_offered_none_of_it(self):
		self.ambiguous()
		self.as_user()
		self.open()
		self.assertNotIn("Link and Retry", self.desk.text())

	def test_what_came_from_outside_is_text(self):
		self.came_in(id=f"c{EVIL}", name=self.name, site=EVIL)
		self.open()
		self.desk.see_folded(SHOWN)


class TestKeys(ReviewCase):
	def test_one_after_the_other_without_a_mouse(self):
		events = [self.ambiguous(f"c-{number}") for number in range(3)]
		self.open()
		self.desk.see("Which document?")
		self.assertEqual(self.desk.run("return document.querySelectorAll('[data-item]').length"), 3)
		self.key("j")
		self.assertEqual(
			self.desk.run("return document.querySelector('[aria-selected=true]').dataset.item"),
			f"event:{events[1]}",
		)
		self.key("s")
		self.confirm()
		self.desk.see("The event is skipped.")
		self.assertEqual(self.event(name=events[1]).status, "Cancelled")
		self.desk.until(
			lambda: self.desk.run("return document.querySelectorAll('[data-item]').length") == 2, "the rest"
		)
		self.assertEqual(
			self.desk.run("return document.querySelector('[aria-selected=true]').dataset.item"),
			f"event:{events[2]}",
		)
		self.key("k")
		self.desk.until(lambda: self.desk.run("return !document.querySelector('.modal.show')"), "no dialog")
		self.key("n")
		self.desk.fill("note", "Entered by hand")
		self.desk.click("Resolve", ".modal-footer button")
		self.desk.until(
			lambda: self.desk.run("return document.querySelectorAll('[data-item]').length") == 1, "the last"
		)
		self.assertEqual(self.event(name=events[0]).outcome, "resolved_by_hand")

	def test_dark_and_narrow(self):
		self.ambiguous()
		self.open()
		self.desk.see("Link and Retry")
		self.assert_readable()
		size = self.desk.driver.get_window_size()
		self.desk.driver.set_window_size(390, 1200)
		self.addCleanup(self.desk.driver.set_window_size, size["width"], size["height"])
		self.open()
		self.desk.see("Link and Retry")
		self.shot("narrow")


class TestDifferences(ReviewCase):
	def test_a_difference_is_ignored_by_key(self):
		run = frappe.get_doc(
			{
				"doctype": "Sync Reconciliation",
				"field_mapping": "Test Customer",
				"integration": make.ACCOUNT,
				"status": "Completed",
			}
		)
		difference = frappe.get_doc(
			{
				"doctype": "Sync Difference",
				"reconciliation": "run",
				"field_mapping": "Test Customer",
				"integration": make.ACCOUNT,
				"kind": "Different",
				"status": "Open",
				"document_type": "Customer",
				"document_name": self.twins[0],
				"external_id": "c-1",
				"fields_json": json.dumps(
					[
						{
							"field": "website",
							"label": "Website",
							"here": "https://one.example.com",
							"there": EVIL,
						}
					]
				),
			}
		)
		for doc in (run, difference):
			doc.set_new_name()
			difference.reconciliation = run.name
			doc.db_insert()  # as the engine makes them
		self.commit()
		self.open()
		self.desk.see("https://one.example.com")
		self.desk.see(SHOWN)
		self.shot("difference")
		self.key("s")
		self.desk.see("1 differences ignored.")
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sync Difference", difference.name, "status"), "Ignored")


class TestOrders(ReviewCase):
	def setUp(self) -> None:
		super().setUp()
		make.selling_item("KEYED-1")
		paths = (
			"id", "currency", "total", "date", "customer.id", "customer.name", "customer.email", "lines[].id",
			"lines[].sku", "lines[].name", "lines[].quantity", "lines[].unit_price",
		)  # fmt: skip
		make.flow(
			"Sales Order",
			[],
			[make.row(path, path) for path in paths],
			name="Orders",
			direction="Incoming",
			purpose="Order",
			remote_entity="order",
			topics="orders/create",
		)
		frappe.db.set_value("Field Mapping", "Test Customer", "topics", "customers/create")
		frappe.clear_document_cache("Field Mapping", "Test Customer")
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "warehouse", make.warehouse())
		self.commit()

	def came(self, sku: str, total: str = "20.00", order_id: str = "", **buyer: str) -> str:
		line = {"id": "l1", "sku": sku, "name": "Apple", "quantity": 2, "unit_price": "10.00"}
		return self.came_in(
			topic="orders/create",
			id=order_id or make.unique("O"),
			currency="USD",
			date="2026-11-20T12:00:00Z",
			customer={"id": make.unique("c"), "name": "Ann Lee", **buyer},
			lines=[line],
			total=total,
		)

	def held_order(self, *args: str, **values: str) -> str:
		name = self.came(*args, **values)
		self.assertEqual(self.event(name=name).status, "On Hold", self.history())
		return name

	def test_one_that_came_again_corrected_waits_no_more(self):
		held = self.held_order("KEYED-1", "25.00", order_id="O-corrected")
		booked = self.event(name=self.came("KEYED-1", order_id="O-corrected"))
		held = self.event(name=held)
		self.assertEqual((held.status, held.superseded_by), ("Superseded", booked.name), self.history())
		self.open()
		self.desk.see("Nothing waits for a decision.")

	def test_one_that_came_again_without_all_that_it_said_is_named(self):
		held = self.held_order(
			"KEYED-1", "25.00", order_id="O-corrected", email=f"{keys.new_id()}@example.com"
		)
		booked = self.event(name=self.came("KEYED-1", order_id="O-corrected"))
		self.assertEqual(booked.status, "Processed", self.history())
		self.open()
		self.desk.see("The record is here as Sales Order")
		self.desk.see(booked.reference_name)
		self.shot("corrected")
		self.key("s")
		self.confirm()
		self.desk.see("The event is skipped.")
		self.assertEqual(self.event(name=held).status, "Cancelled")

	def test_a_difference_is_explained_and_its_settings_are_a_key_away(self):
		self.held_order("KEYED-1", "25.00")
		self.open()
		self.desk.see("The order cannot be booked as it is")
		self.desk.see("25.00")
		self.desk.click("Settings of Orders")
		self.desk.until(
			lambda: self.desk.run("return cur_frm?.doctype === 'Integration Settings'"), "the account"
		)
		self.desk.see("Rounding limit")

	def test_what_is_missing_is_made_and_the_order_is_tried_again(self):
		sku = make.unique("SKU")
		event = self.held_order(sku)
		self.open()
		self.desk.see(f"There is no item for article {sku}")
		self.desk.see("orders/create · O ")
		self.assertIn("Order 1", self.desk.text())
		self.shot("order")
		make.selling_item(sku)
		self.commit()
		self.key("r")
		self.desk.see("The event is queued again.")
		self.work()
		row = self.event(name=event)
		self.assertEqual((row.status, row.reference_doctype), ("Processed", "Sales Order"), self.history())


class TestConflicts(ReviewCase):
	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand",
			make.rest("/brands"),
			[make.row("brand", "name"), make.row("description", "text")],
			direction="Both",
			pull_path="/list",
			pull_records="data",
			inbound_id_expression="id",
			conflict_policy="Hold for review",
		)
		self.commit()

	def fetch(self, **record) -> None:
		self.receiver.script("/list", Reply(200, {"data": [record]}))
		sync_cursor.make_due("Test Brand")
		self.commit()
		pulling.run("Test Brand")
		self.work()

	def both_changed(self) -> tuple[str, str]:
		name = make.unique("Brand")
		self.fetch(id="B-1", name=name, text="first")
		doc = frappe.get_doc("Brand", name)
		doc.description = "here"
		doc.save()
		self.fetch(id="B-1", name=name, text=f"there {EVIL}")
		return name, self.event(event="pull", status="On Hold").name

	def test_a_side_is_chosen_by_key(self):
		name, event = self.both_changed()
		self.open()
		for text in ("When last equal", "first", "here", SHOWN):
			self.desk.see(text)
		self.shot("conflict")
		self.key("2")
		self.confirm()
		self.desk.see("Decided.")
		self.work()
		self.assertEqual(self.event(name=event).status, "Processed")
		self.assertTrue(frappe.db.get_value("Brand", name, "description").startswith("there"))

	def test_it_is_decided_per_field(self):
		name, event = self.both_changed()
		self.open()
		self.desk.see("When last equal")
		self.key("3")
		self.desk.press("input[data-field=description][value=here]")
		self.desk.click("Apply")
		self.desk.see("Decided.")
		self.assertEqual(json.loads(self.event(name=event).decision), {"description": "here"})
