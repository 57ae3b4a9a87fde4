"""What the database refuses, in words for callers and for people: never its own."""

from __future__ import annotations

import frappe

from erp_connect.config.account import load
from erp_connect.config.flow import from_document
from erp_connect.messages import translate
from erp_connect.records import document, failures
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestRefusals(ConnectTestCase):
	def refused(self, statement: str, *values) -> tuple[failures.ApiError, str]:
		"""The answer of the API to a statement that fails, and what an event keeps of it."""
		frappe.db.savepoint("refused")
		try:
			frappe.db.sql(statement, values)
		except Exception as error:
			frappe.db.rollback(save_point="refused")
			return failures.of(error, "trace"), failures.detail(error)
		raise AssertionError("nothing was refused")

	def test_rows_that_the_database_refuses(self):
		brand = make.brand()
		cases = (
			("INSERT INTO `tabBrand` (name, brand) VALUES (%s, 'x')", brand.name, 409, "duplicate", "Another document has"),
			("INSERT INTO `tabBrand` (name) VALUES (%s)", None, 422, "bad_value", "name has no value"),
			("UPDATE `tabBrand` SET brand = %s", "x" * 200, 422, "bad_value", "brand is longer than"),
			("UPDATE `tabBrand` SET idx = %s", 10**12, 422, "bad_value", "idx is too large"),
			("UPDATE `tabBrand` SET idx = %s", "many", 422, "bad_value", "idx cannot be many"),
			("UPDATE `tabBrand` SET nothing = %s", 1, 500, "internal", "bench migrate"),
		)  # fmt: skip
		for statement, value, status, code, words in cases:
			answer, kept = self.refused(statement, value)
			self.assertEqual((answer.status, answer.code), (status, code), statement)
			self.assertIn(words, kept)
			self.assertIn("then press Retry", kept)
			if status < 500:
				self.assertIn(words, str(answer))
				self.assertIn("repeat the call", str(answer))
			for told in (str(answer), kept):
				self.assertNotRegex(told, "Error: |IntegrityError|at row 1")

	def test_what_a_user_permission_leaves_out_is_not_called_a_matter_of_roles_alone(self):
		make.user()
		error = frappe.PermissionError("no")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(make.USER)
		self.assertNotIn("User Permission", failures.detail(error))
		frappe.set_user("Administrator")
		values = {"user": make.USER, "allow": "Warehouse", "for_value": make.warehouse()}
		permission = frappe.get_doc({"doctype": "User Permission", **values}).insert()
		self.addCleanup(permission.delete)
		frappe.set_user(make.USER)
		self.assertIn("let a User Permission of the user allow", failures.detail(error))
		frappe.set_user("Administrator")

	def test_a_name_that_another_one_stands_in_the_way_of_names_that_one(self):
		standing = make.brand(name=make.unique("Müller"))
		name = standing.name.replace("ü", "u")
		with self.assertRaises(frappe.DuplicateEntryError) as refused:
			frappe.get_doc({"doctype": "Brand", "brand": name}).insert()
		for told in (failures.detail(refused.exception), str(failures.of(refused.exception, ""))):
			self.assertIn(f"Brand {standing.name} exists already, and the database takes {name} for", told)

	def test_a_document_that_is_hidden_is_not_called_a_matter_of_roles(self):
		make.account("https://shop.example.com")
		flow = make.flow("Brand", make.rest("/brands"), [make.row("brand", "name")])
		doc, account = make.brand(), load(make.ACCOUNT)
		values = {"user": account.user, "allow": "Brand", "for_value": make.brand().name}
		permission = frappe.get_doc({"doctype": "User Permission", **values}).insert()
		self.addCleanup(permission.delete)
		with self.assertRaises(document.Unreadable) as refused:
			document.read(doc, from_document(flow), account, document.Context("update", None))
		self.assertIn("by a User Permission", translate(refused.exception))
		self.assertNotIn("a role", translate(refused.exception))

	def test_what_frappe_refuses_says_what_helps(self):
		doc = frappe.get_doc(
			{"doctype": "Item", "item_code": make.unique("Item"), "item_group": "No such group"}
		)
		with self.assertRaises(frappe.LinkValidationError) as refused:
			doc.insert()
		self.assertRegex(
			str(failures.of(refused.exception, "")), r"No such group\. Make it here.*repeat the call"
		)
		doc.item_group = "No <b>such</b> group"
		with self.assertRaises(frappe.LinkValidationError) as refused:
			doc.insert()
		self.assertIn("No <b>such</b> group", str(failures.of(refused.exception, "")))
		task = frappe.get_doc({"doctype": "Task", "subject": "x", "priority": "<i>Often</i>"})
		with self.assertRaises(frappe.ValidationError) as refused:
			task.insert()
		self.assertRegex(failures.detail(refused.exception), "^Priority cannot be .*Value Map.*press Retry")
		with self.assertRaises(frappe.NameError) as refused:
			frappe.get_doc({"doctype": "Brand", "brand": "New Brand 7"}).insert()
		self.assertIn("Correct the name outside", failures.detail(refused.exception))
		late = make.brand()
		frappe.db.set_value("Brand", late.name, "modified", "2001-01-01")
		late.description = "other"
		with self.assertRaises(frappe.TimestampMismatchError) as crossed:
			late.save()
		for error in (crossed.exception, frappe.QueryDeadlockError(1213, "Deadlock found")):
			self.assertIn("If it stays so, press Retry", failures.detail(error))
			self.assertEqual(failures.of(error, "").code, "conflict")
