"""The editor of a flow: fields of both sides, suggestions, what each row brings, and a test with the last records."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.api import samples
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.contrast import DARK
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase

FLOW = "Test Editor"
PHONE = (390, 844)
# Names of the columns that the form of the first row shows.
COLUMNS = """
const row = cur_frm.get_field("rows").grid.grid_rows[0];
row.toggle_view(true);
const shown = row.grid_form.layout.fields_list.filter(({ df }) => df.fieldname && !df.hidden_due_to_dependency);
const names = shown.map(({ df }) => df.fieldname);
row.toggle_view(false);
return names;
"""
# The word of each mark in the tree of the outside, by path.
MARKS = """
const marked = [...document.querySelectorAll("[data-pane=there] [data-path]")].filter((one) => one.querySelector(".indicator-pill"));
return Object.fromEntries(marked.map((one) => [one.dataset.path, one.querySelector(".indicator-pill").textContent.trim()]));
"""
OF_RECEIVING = {"is_match_key", "after_submit"}


class TestDeskFlowEditor(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.addCleanup(self.desk.driver.set_window_size, 1400, 1200)

	def flow(self, doctype: str, rows: list[dict], requests: list[dict] | None = None, **values: Any) -> None:
		make.flow(doctype, requests or [], rows, name=FLOW, **values)
		self.commit()

	def customers(self, *rows: dict) -> None:
		self.flow(
			"Customer",
			[make.row("customer_name", "name"), *rows],
			direction="Incoming",
			topics="customers/create",
			inbound_id_expression="id",
		)

	def open(self) -> None:
		self.desk.open(f"/app/field-mapping/{FLOW}")
		self.desk.click("Fields", ".nav-link")
		self.desk.see("Fields of both sides")

	def paste(self, **record: Any) -> None:
		self.desk.click("Paste…")
		self.desk.fill("text", json.dumps(record))
		self.desk.click("Use as Sample", ".modal-footer button")
		self.desk.see("Pasted")

	def choose(self, side: str, path: str) -> None:
		self.desk.press(f"[data-pane={side}] [data-path='{path}']")

	def rows(self) -> list[list[str]]:
		return self.desk.run("return cur_frm.doc.rows.map((row) => [row.source, row.target])")

	def test_a_pair_that_is_chosen_becomes_a_row(self):
		self.customers()
		self.open()
		self.paste(id=1, name="Ada", vat={"number": "DE1"}, kind="Company")
		self.choose("here", "tax_id")
		self.choose("there", "vat.number")
		self.desk.until(lambda: ["tax_id", "vat.number"] in self.rows(), "the row")
		self.desk.see("DE1")
		self.shot("pair")

	def test_a_pair_is_chosen_by_keyboard(self):
		from selenium.webdriver.common.keys import Keys

		self.customers()
		self.open()
		self.paste(id=1, name="Ada", website="https://ada.example")
		for side in ("here", "there"):
			button = self.desk.run(
				"return document.querySelector(arguments[0])", f"[data-pane={side}] [data-path=website]"
			)
			self.desk.run("arguments[0].focus()", button)
			button.send_keys(Keys.ENTER)
			self.desk.settle()
		self.desk.until(lambda: ["website", "website"] in self.rows(), "the row")

	def test_names_that_match_are_suggested(self):
		self.customers()
		self.open()
		self.paste(id=1, name="Ada", email="ada@example.com", mobile="1", customer_group="Retail", odd=2)
		self.desk.see("Names that match")
		self.desk.click("Add All")
		self.desk.until(lambda: ["customer_group", "customer_group"] in self.rows(), "the rows")
		self.assertIn(["email_id", "email"], self.rows())
		self.assertNotIn("odd", [target for _source, target in self.rows()])

	def test_each_row_shows_what_it_brings_and_the_one_at_fault_is_marked(self):
		self.customers(make.row("customer_type", "kind"), make.row("tax_id", "vatt"))
		self.open()
		self.paste(id=1, name=f"Ada {EVIL}", kind="Alien", vat="DE1")
		for text in ("ERPNext gets", SHOWN, "Alien is none of", "Not in the sample", "Did you mean vat?"):
			self.desk.see(text)
		marked = "return cur_frm.get_field('rows').grid.grid_rows.map((row) => $(row.wrapper).css('box-shadow') !== 'none')"
		self.desk.until(lambda: self.desk.run(marked) == [False, True, True], "the marks")
		self.shot("results")
		self.desk.run(
			"frappe.model.set_value('Field Mapping Row', cur_frm.doc.rows[1].name, 'source', 'website')"
		)
		self.desk.until(lambda: self.desk.run(marked) == [False, False, True], "the marks to go")

	def test_what_goes_out_is_shown_of_a_document(self):
		brand = make.brand(f"here {EVIL}")
		rows = [make.row("brand", "title"), make.row("description", "text", transform="Number")]
		self.flow("Brand", rows, make.rest("/brands"))
		self.open()
		self.desk.see("Outside gets")
		self.desk.see(brand.name)
		self.desk.see("Row 2: Number cannot use")
		self.shot("outgoing")

	def test_the_row_shows_what_counts_for_its_direction(self):
		self.flow("Brand", [make.row("brand", "title")], make.rest("/brands"))
		self.open()
		columns = self.columns()
		self.assertLessEqual({"source", "target", "transform", "constant", "not_compared"}, columns)
		self.assertFalse(columns & {*OF_RECEIVING, "direction", "wins", "value_map"})
		columns = self.columns(direction="Incoming")
		self.assertLessEqual(OF_RECEIVING, columns)
		self.assertFalse(columns & {"direction", "wins"})
		self.assertFalse(self.columns(purpose="Order") & {*OF_RECEIVING, "not_compared"})
		columns = self.columns(purpose="Document", direction="Both", conflict_policy="Per field")
		self.assertLessEqual({"direction", "wins", "is_match_key"}, columns)
		self.assertNotIn("after_submit", columns)

	def columns(self, **values: str) -> set[str]:
		"""The columns of a row in a flow of these values."""
		for field, value in values.items():
			self.desk.run("return cur_frm.set_value(arguments[0], arguments[1])", field, value)
		self.desk.settle()
		return set(self.desk.run(COLUMNS))

	def test_a_linked_document_is_opened_like_a_branch(self):
		self.flow("Item", [make.row("item_code", "sku")], make.rest("/items"))
		self.open()
		self.paste(sku="A", group={"parent": "All"})
		self.desk.press("[data-field=item_group] > summary")
		self.choose("here", "item_group_doc.parent_item_group")
		self.choose("there", "group.parent")
		self.desk.until(
			lambda: ["item_group_doc.parent_item_group", "group.parent"] in self.rows(), "the row"
		)
		linked = "return cur_frm.doc.linked_documents.map((row) => [row.link_field, row.alias])"
		self.assertEqual(self.desk.run(linked), [["item_group", "item_group_doc"]])
		self.desk.run("return cur_frm.save()")
		self.desk.settle()
		self.assertEqual(len(frappe.get_doc("Field Mapping", FLOW).rows), 2)

	def test_a_link_is_opened_for_what_a_record_names_it_by(self):
		self.flow("Item", [make.row("item_code", "sku")], direction="Incoming", topics="items/create")
		self.open()
		self.paste(sku="A", cat=7, group="Spare Parts", brand="x")
		self.desk.press("[data-field=item_group] > summary")
		self.desk.see("Choose item_group itself where a record has the name it has here.")
		offered = "return [...document.querySelectorAll('[data-field=item_group] [data-path]')].map((one) => one.dataset.path)"
		paths = self.desk.run(offered)
		self.assertEqual(paths, ["item_group: Item Group", "item_group: Item Group.item_group_name"])
		self.shot("incoming-link")
		self.choose("here", "item_group: Item Group.item_group_name")
		self.choose("there", "group")
		rows = "return cur_frm.doc.rows.map((row) => [row.source, row.target, row.transform || '', row.argument || ''])"
		wanted = ["item_group", "group", "Lookup", "Item Group.item_group_name"]
		self.desk.until(lambda: wanted in self.desk.run(rows), "the row")
		self.desk.press("[data-field=brand] > summary")
		self.desk.see("Choose brand itself")
		self.choose("here", "brand: Brand")
		self.choose("there", "brand")
		self.desk.until(lambda: ["brand", "brand", "External ID", "Brand"] in self.desk.run(rows), "the row")
		self.assertEqual(self.desk.run("return (cur_frm.doc.linked_documents || []).length"), 0)
		self.desk.run("return cur_frm.save()")
		self.desk.settle()
		saved = frappe.get_doc("Field Mapping", FLOW).rows
		self.assertEqual([row.transform or "" for row in saved], ["", "Lookup", "External ID"])

	def test_what_is_new_or_gone_outside_is_marked(self):
		self.customers(make.row("customer_type", "kind"))
		sample = {"id": 1, "name": "Ada", "kind": "Company", "address": {"city": "Ulm"}}
		samples.paste(FLOW, json.dumps(sample))
		past = frappe.utils.add_to_date(None, hours=-1)
		frappe.db.set_value("Sync Sample", {"field_mapping": FLOW}, "taken_on", past)
		self.commit()
		self.came_in(id=2, name=make.unique("Buyer"), sort="Company", address={"city": "Ulm", "zip": EVIL})
		self.open()
		self.desk.until(
			lambda: self.desk.run(MARKS) == {"sort": "new", "address.zip": "new", "kind": "gone"}, "the marks"
		)
		branch = "return document.querySelector('[data-branch=address] > summary').innerText"
		self.assertIn("new", self.desk.run(branch))
		self.desk.see("Only in the last record that came.")
		self.desk.run("document.querySelector('[data-branch=address]').open = true")
		self.shot("marks")
		self.choose("here", "industry")
		self.choose("there", "sort")
		self.desk.until(lambda: ["industry", "sort"] in self.rows(), "the row")
		self.paste(id=3, name="Ada", sort="x")
		self.desk.until(lambda: self.desk.run(MARKS) == {}, "no marks once there is a new sample")

	def test_a_flow_of_orders_shows_the_fields_of_orders(self):
		rows = [make.row("id", "id"), make.row("currency", "currency"), make.row("total", "total_price")]
		self.flow("Sales Order", rows, direction="Incoming", purpose="Order", topics="orders/create")
		self.open()
		self.paste(id=1, currency="EUR", total_price="9.00", line_items=[{"sku": "OAK-1", "quantity": 2}])
		self.choose("here", "lines[].sku")
		self.choose("there", "line_items[].sku")
		self.desk.until(lambda: ["lines[].sku", "line_items[].sku"] in self.rows(), "the row")
		self.desk.see("Lines: Sku · Data")
		self.desk.until(lambda: self.desk.text().count("OAK-1") > 1, "what the row brings")
		self.desk.run("document.querySelectorAll('[data-branch]').forEach((branch) => (branch.open = true))")
		self.desk.run("document.querySelector('.erp-connect-editor').scrollIntoView()")
		self.shot("orders")

	def test_the_last_records_are_tried(self):
		self.customers()
		self.came_in(id="1", name=make.unique("Buyer"))
		self.came_in(id="2")
		self.open()
		self.desk.click("Test with Last Records")
		for text in ("The last records that came in", "Would fail: 1"):
			self.desk.see(text)
		self.shot("last-records")

	def test_it_is_usable_in_the_dark_and_on_a_phone(self):
		self.customers(make.row("customer_type", "kind"))
		self.open()
		self.paste(id=1, name="Ada", kind="Alien")
		self.desk.see("Alien is none of")
		self.assert_readable()
		self.desk.driver.set_window_size(*PHONE)
		self.open()
		self.desk.see("Alien is none of")
		self.desk.run(DARK)
		self.desk.run("document.querySelector('.erp-connect-editor').scrollIntoView()")
		wide = "const area = document.querySelector('.erp-connect-editor'); return area.scrollWidth <= area.clientWidth + 1"
		self.desk.until(lambda: self.desk.run(wide), "the editor to fit")
		self.shot("phone")
