"""The fields of a flow in Desk: what is offered, what typing does, and what the previews say beforehand."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase
from erp_connect.tests.fakes.fault_server import Reply

ORDERS, CUSTOMERS = "Test Orders", "Test Customers"
OFFERED = """
const field = cur_frm.get_field("rows").grid.docfields.find((field) => field.fieldname === arguments[0]);
return (field.options || []).map((option) => option.value || option);
"""
CELL = "return cur_frm.get_field('rows').grid.grid_rows[arguments[0]].columns.source.field.input"
FORM_CELL = "return cur_frm.get_field('rows').grid.grid_rows[arguments[0]].grid_form.fields_dict.source.input"


class TestDeskFlowFields(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.commit()

	def orders(self) -> None:
		rows = [make.row(name, name) for name in ("id", "currency", "total", "number")]
		make.flow(
			"Sales Order",
			[],
			rows,
			name=ORDERS,
			direction="Incoming",
			purpose="Order",
			topics="orders/create",
		)
		self.commit()

	def customers(self, **values: Any) -> None:
		rows = [make.row("customer_name", "name"), make.row("customer_type", "kind")]
		make.flow(
			"Customer",
			[],
			rows,
			name=CUSTOMERS,
			direction="Incoming",
			pull_path="/list",
			inbound_id_expression="id",
			**values,
		)
		self.commit()

	def open(self, flow: str) -> None:
		self.desk.open(f"/app/field-mapping/{flow}")
		self.desk.click("Fields", ".nav-link")

	def offered(self, name: str, column: str = "source") -> list[str]:
		"""What is offered in a column, once `name` is among it."""
		self.desk.until(lambda: name in self.desk.run(OFFERED, column), f"{name} among the fields")
		return self.desk.run(OFFERED, column)

	def type_source(self, row: int, *keys: str, form: bool = False) -> str:
		"""Type into the ERPNext field of a row, or of its form, as at a keyboard; returns what the row holds then."""
		opened = "toggle_view(true)" if form else "toggle_editable_row(true)"
		self.desk.run(f"cur_frm.get_field('rows').grid.grid_rows[arguments[0]].{opened}", row)
		self.desk.settle()
		cell = self.desk.run(FORM_CELL if form else CELL, row)
		self.desk.until(cell.is_displayed, "the cell")
		cell.clear()
		cell.send_keys(*keys)
		self.desk.settle()
		return self.desk.run("return cur_frm.doc.rows[arguments[0]].source", row)

	def save(self) -> None:
		self.desk.run("cur_frm.save().catch(() => {})")
		self.desk.settle()

	def test_an_order_flow_offers_the_fields_of_orders(self):
		self.orders()
		self.open(ORDERS)
		offered = self.offered("customer.name")
		self.assertIn("lines[].sku", offered)
		for name in ("customer_name", "items[].item_code", "naming_series"):
			self.assertNotIn(name, offered)
		self.desk.run("return cur_frm.set_value('purpose', 'Payment')")
		self.assertIn("order_number", self.offered("reference"))
		self.desk.run("return cur_frm.set_value('purpose', 'Document')")
		self.assertIn("items[].item_code", self.offered("customer_name"))

	def test_typed_text_stays_and_what_the_order_does_not_have_is_refused_at_the_row(self):
		from selenium.webdriver.common.keys import Keys

		self.orders()
		self.open(ORDERS)
		self.offered("customer.name")
		for end in (Keys.TAB, Keys.ENTER):
			for typed in ("id", "total", "customer_name"):
				self.assertEqual(self.type_source(3, typed, end), typed)
		self.shot("offered")
		self.save()
		self.desk.see("Fields, row 4: Order has no field customer_name. Nearest: customer.name")
		self.shot("refused")
		self.assertEqual(frappe.get_doc("Field Mapping", ORDERS).rows[3].source, "number")
		self.desk.errors()  # the refusal is a failed request

	def test_typed_text_stays_in_a_flow_of_documents(self):
		from selenium.webdriver.common.keys import Keys

		self.customers()
		self.open(CUSTOMERS)
		self.offered("tax_id")
		for typed in ("id", "name", "total"):
			self.assertEqual(self.type_source(1, typed, Keys.TAB), typed)
		self.assertEqual(self.type_source(1, "tax_i", Keys.DOWN, Keys.TAB), "tax_id")
		self.assertEqual(self.type_source(1, "id", Keys.TAB, form=True), "id")

	def test_the_preview_of_a_pull_is_red_where_the_pull_would_fail(self):
		self.customers()
		name = make.unique("Buyer")
		records = [
			{"id": "1", "name": name, "kind": "Company"},
			{"id": "2", "kind": "Company"},
			{"id": "3", "name": f"{name} 3", "kind": "Alien"},
		]
		self.receiver.script("/list", Reply(200, records), Reply(200, {"meta": {}, "items": records}))
		self.open(CUSTOMERS)
		self.desk.click("Preview Pull")
		for text in ("Would be created: 1", "Would fail: 2", "customer_name"):
			self.desk.see(text)
		self.desk.see_folded("Alien")
		self.assert_readable("pull-preview")
		self.desk.click("Fetch Again")
		self.desk.see("It looks like the wrapper of the records, which stand in items.")
		self.shot("pull-preview-wrapper")
		self.assertFalse(frappe.db.exists("Customer", {"customer_name": name}))

	def test_a_sample_offers_its_paths_as_outside_fields(self):
		self.customers(topics="customers/create")
		self.open(CUSTOMERS)
		self.desk.see("None yet.")
		self.desk.click("Paste…")
		self.desk.fill("text", json.dumps({"id": 1, "name": "Ada", "lines": [{"sku": EVIL}]}))
		self.desk.click("Use as Sample", ".modal-footer button")
		self.desk.see("Pasted")
		self.assertIn("lines[].sku", self.offered("name", "target"))
		self.desk.run(
			"frappe.model.set_value('Field Mapping Row', cur_frm.doc.rows[0].name, 'target', 'nmae')"
		)
		self.save()
		self.desk.see("Saved, but look at this")
		self.desk.see("row 1")
		self.shot("not-in-sample")
		self.assertEqual(frappe.get_doc("Field Mapping", CUSTOMERS).rows[0].target, "nmae")

	def test_what_was_pasted_before_the_first_save_is_kept_with_the_flow(self):
		self.desk.open("/app/field-mapping/new")
		values = {
			"mapping_name": CUSTOMERS,
			"integration": make.ACCOUNT,
			"document_type": "Customer",
			"direction": "Incoming",
			"remote_entity": "customer",
		}
		for field, value in values.items():
			self.desk.run("return cur_frm.set_value(arguments[0], arguments[1])", field, value)
		self.desk.click("Fields", ".nav-link")
		self.desk.click("Paste…")
		self.desk.fill("text", json.dumps({"name": "Ada"}))
		self.desk.click("Use as Sample", ".modal-footer button")
		self.desk.see("Pasted")
		self.desk.run(
			"cur_frm.clear_table('rows'); cur_frm.add_child('rows', {source: 'customer_name', target: 'name'})"
		)
		self.save()
		self.desk.until(lambda: self.desk.run("return cur_frm.docname") == CUSTOMERS, "the flow to be saved")

		def kept() -> bool:
			frappe.db.rollback()
			return bool(frappe.db.exists("Sync Sample", {"field_mapping": CUSTOMERS, "origin": "Pasted"}))

		self.desk.until(kept, "the sample to be kept")
		self.switch_on("Switched on: what comes in from now on is written. Events of this flow")
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "enabled", 0)
		self.commit()
		self.switch_on("Switched on, but its account is switched off")

	def switch_on(self, told: str) -> None:
		"""Tick Enabled, be told what happens next, and clear it again."""
		for enabled in (1, 0):
			self.desk.run("return cur_frm.set_value('enabled', arguments[0])", enabled)
			self.save()
			self.desk.see(told if enabled else "Switched off: nothing is recorded")
			if enabled:
				self.shot("next" if "Events" in told else "account-off")

	def test_a_transform_is_taken_away_by_the_first_of_the_list(self):
		self.customers()
		self.open(CUSTOMERS)
		self.desk.until(lambda: self.offered("Trim", "transform")[0] == "As it is", "the first")
		transform = "return cur_frm.doc.rows[0].transform"
		for chosen, held in (("Trim", "Trim"), ("As it is", "")):
			self.desk.run(
				"return frappe.model.set_value('Field Mapping Row', cur_frm.doc.rows[0].name, 'transform', arguments[0])",
				chosen,
			)
			self.desk.until(lambda held=held: self.desk.run(transform) == held, chosen)

	def test_a_webhook_is_previewed_from_the_last_body_and_from_a_pasted_one(self):
		self.customers(topics="customers/create")
		self.came_in(id="7", kind="Company")
		self.open(CUSTOMERS)
		self.desk.see("Received")
		self.desk.click("Preview Webhook")
		self.desk.see("Would fail: 1")
		self.desk.see("customer_name")
		self.desk.fill(
			"text", json.dumps({"id": "8", "name": make.unique("Buyer"), "kind": "Company", "x": EVIL})
		)
		self.desk.click("Preview", ".modal-footer button")
		self.desk.see("Would be created: 1")
		self.desk.see(SHOWN)
		self.assert_readable("webhook-preview")
