"""Who may set up accounts does not thereby get at what others may read or write: neither at once nor by an old account.

`weak` is an Integration Manager who lacks most roles of the account's user.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe.share import add as share

from erp_connect.api import accounts, flows, presets, pulls, samples
from erp_connect.config import inflow, protected_doctypes, steering
from erp_connect.config.exchange_format import export
from erp_connect.operate import health
from erp_connect.records import deletion, write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import HttpTestCase, forget, other_company
from erp_connect.tests.fakes.fault_server import Reply

WEAK = ("steering-weak@example.com", ("Integration Manager", "Item Manager"))
EQUAL = ("steering-equal@example.com", ("Integration Manager", *make.ROLES))
BOSS = ("steering-boss@example.com", ("System Manager", *make.ROLES))
INCOMING = {"direction": "Incoming", "inbound_id_expression": "id", "topics": "*"}
NEVER = (
	"User", "Role", "Role Profile", "User Permission", "Custom DocPerm", "DocShare", "Server Script", "Client Script",
	"DocType", "Custom Field", "Property Setter", "System Settings", "OAuth Client", "OAuth Bearer Token", "Token Cache",
	"Connected App", "Social Login Key", "Report", "Notification", "Webhook", "Print Format", "Web Page", "Workflow",
	"Email Account", "Address Template", "Field Mapping", "Integration Settings", "Value Map",
)  # fmt: skip


class SteeringCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")
		for email, roles in (WEAK, EQUAL, BOSS):
			make.user(email, roles)
		self.value_map = frappe.get_doc(
			{
				"doctype": "Value Map",
				"map_name": "Colours",
				"entries": [{"erp_value": "red", "remote_value": "1"}],
			}
		).insert()
		make.account(self.receiver.url(), auth_type="None")
		rows = [make.row("name", "name"), make.row("description", "text", value_map="Colours")]
		self.flow = make.flow("Brand", make.rest("/brands"), rows)
		self.brand = make.brand()
		self.commit()
		self.receiver.forget()

	def as_(self, person: tuple[str, tuple]) -> None:
		frappe.set_user(person[0])

	def refused(self, act: Callable[[], Any], *words: str) -> None:
		with self.assertRaises(frappe.PermissionError) as raised:
			act()
		for word in words:
			self.assertIn(word, str(raised.exception))
		frappe.db.rollback()

	def change(self, doctype: str, name: str, **values: Any):
		doc = frappe.get_doc(doctype, name)
		doc.update(values)
		return doc.save()

	def permit(self, user: str, allow: str, value: str, **values: Any) -> None:
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": allow, "for_value": value, **values}
		).insert()
		self.addCleanup(self.forget_permissions, user)

	def forget_permissions(self, user: str) -> None:
		frappe.set_user("Administrator")
		forget(user)


class TestRights(SteeringCase):
	def test_an_account_of_a_user_with_more_rights_is_not_steered(self):
		text = export(self.flow)
		steered: dict[str, Callable[[], Any]] = {
			"key headers": lambda: self.change("Integration Settings", make.ACCOUNT, inbound_enabled=1),
			"address": lambda: self.change(
				"Integration Settings", make.ACCOUNT, base_url="https://example.com"
			),
			"parameters": lambda: self.change(
				"Integration Settings",
				make.ACCOUNT,
				parameters=[{"place": "Header", "key": "X", "value": "y"}],
			),
			"user": lambda: self.change("Integration Settings", make.ACCOUNT, user=WEAK[0]),
			"new flow": lambda: make.flow(
				"Item", [], [make.row("item_name", "n")], name="Mine", **INCOMING
			),
			"flow": lambda: self.change("Field Mapping", self.flow.name, condition="`true`"),
			"flow taken away": lambda: self.change("Field Mapping", self.flow.name, integration="Own"),
			"value map": lambda: self.change("Value Map", "Colours", entries=[]),
			"link": lambda: frappe.get_doc(
				{
					"doctype": "Sync Link", "integration": make.ACCOUNT, "remote_entity": "brand",
					"document_type": "Brand", "document_name": self.brand.name, "external_id": "1",
				}
			).insert(),
			"import": lambda: flows.import_mapping(text, make.ACCOUNT, "Imported"),
			"preset": lambda: presets.add_flows(make.ACCOUNT, "ERPNext", ["Customers"]),
			"preset of the account": lambda: presets.apply_to_account(make.ACCOUNT, "Custom REST API"),
			"backfill": lambda: flows.start_backfill(self.flow.name),
			"preview": lambda: flows.preview(self.flow.name, self.brand.name),
			"preview of all": lambda: flows.preview_page(self.flow.name),
			"preview of a pull": lambda: pulls.preview(self.flow.name),
			"sample": lambda: samples.take(self.flow.name, "Received"),
			"pasted sample": lambda: samples.paste(self.flow.name, "{}"),
			"preview of a webhook": lambda: samples.preview(self.flow.name, "{}"),
			"results of rows": lambda: samples.rows(self.flow.name),
			"test of a flow": lambda: samples.test(self.flow.name),
			"test": lambda: accounts.test_connection(make.ACCOUNT),
			"access": lambda: accounts.grant_access(make.ACCOUNT),
			"signing secret": lambda: accounts.rotate_signing_secret(make.ACCOUNT),
			"rename": lambda: frappe.rename_doc("Field Mapping", self.flow.name, "Renamed"),
			"delete": lambda: frappe.delete_doc("Field Mapping", self.flow.name),
			"delete account": lambda: frappe.delete_doc("Integration Settings", make.ACCOUNT),
			"delete value map": lambda: frappe.delete_doc("Value Map", "Colours"),
		}  # fmt: skip
		make.account(self.receiver.url(), name="Own", user=make.user("steering-own@example.com", ()))
		self.commit()
		self.as_(WEAK)
		for what, act in steered.items():
			with self.subTest(what):
				self.refused(act, make.USER, "role Sales Manager")
		self.assertEqual(self.arrived(), [])

	def test_who_has_all_rights_of_the_user_may(self):
		self.as_(EQUAL)
		self.change("Integration Settings", make.ACCOUNT, inbound_enabled=1)
		self.change("Field Mapping", self.flow.name, condition="`true`")
		self.change("Value Map", "Colours", entries=[{"erp_value": "red", "remote_value": "2"}])
		self.assertTrue(flows.preview(self.flow.name, self.brand.name)["sends"])
		flows.start_backfill(self.flow.name)

	def test_flows_are_not_moved_onto_another_account_by_a_merge(self):
		make.account(self.receiver.url(), name="Own", user=make.user("steering-own@example.com", ()))
		self.commit()
		self.as_(WEAK)
		self.refused(
			lambda: frappe.rename_doc("Integration Settings", "Own", make.ACCOUNT, merge=True), make.USER
		)
		make.flow("Brand", [], [make.row("description", "text")], name="Mine", integration="Own", **INCOMING)
		self.refused(
			lambda: frappe.rename_doc("Field Mapping", "Mine", self.flow.name, merge=True), make.USER
		)

	def test_rows_are_not_changed_past_their_record(self):
		for person in (WEAK, EQUAL, BOSS):
			self.as_(person)
			row = frappe.get_doc("Field Mapping Row", self.flow.rows[0].name)
			row.source = "owner"
			self.refused(row.save)
			self.refused(lambda: frappe.delete_doc("Field Mapping Row", self.flow.rows[0].name))
			new = {
				"doctype": "Integration Parameter",
				"parenttype": "Integration Settings",
				"parent": make.ACCOUNT,
			}
			new |= {"parentfield": "parameters", "place": "Header", "key": "X", "value": "y"}
			self.refused(frappe.get_doc(new).insert)

	def test_user_permissions_of_the_editor_hold_for_the_user_too(self):
		mine, other = make.company(), other_company()
		self.permit(EQUAL[0], "Company", mine)
		self.as_(EQUAL)
		self.refused(
			lambda: self.change("Integration Settings", make.ACCOUNT, inbound_enabled=1), make.USER, "Company"
		)
		frappe.set_user("Administrator")
		self.permit(make.USER, "Company", other)
		self.assertTrue(steering.missing_rights(EQUAL[0], make.USER))
		self.forget_permissions(make.USER)
		self.permit(make.USER, "Company", mine)
		self.assertEqual(steering.missing_rights(EQUAL[0], make.USER), [])
		self.as_(EQUAL)
		self.change("Integration Settings", make.ACCOUNT, inbound_enabled=1)

	def test_user_permissions_for_some_doctypes_are_compared_for_each(self):
		mine = make.company()
		self.permit(EQUAL[0], "Company", mine, apply_to_all_doctypes=0, applicable_for="Sales Order")
		self.permit(make.USER, "Company", mine, apply_to_all_doctypes=0, applicable_for="Sales Invoice")
		self.assertTrue(steering.missing_rights(EQUAL[0], make.USER))
		self.permit(make.USER, "Company", mine, apply_to_all_doctypes=0, applicable_for="Sales Order")
		self.assertEqual(steering.missing_rights(EQUAL[0], make.USER), [])

	def test_documents_shared_with_the_user_count(self):
		note = frappe.get_doc({"doctype": "Note", "title": make.unique("Secret"), "public": 0}).insert()
		share("Note", note.name, make.USER, read=1)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "DocShare", {"share_name": note.name})
		self.assertEqual(steering.missing_rights(EQUAL[0], make.USER), [f"Note {note.name}"])

	def test_a_value_map_that_no_flow_uses_is_anybodys(self):
		self.as_(WEAK)
		frappe.get_doc(
			{"doctype": "Value Map", "map_name": "Own", "entries": [{"erp_value": "a", "remote_value": "b"}]}
		).insert()


class TestSystemManagers(SteeringCase):
	def test_a_system_manager_is_no_user_of_an_account(self):
		for person in (BOSS[0], "Administrator"):
			frappe.set_user(person)
			with self.assertRaisesRegex(frappe.ValidationError, "System Manager"):
				self.change("Integration Settings", make.ACCOUNT, user=BOSS[0])
			frappe.db.rollback()

	def test_a_stored_account_with_one_goes_on_and_says_so(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "user", BOSS[0])
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}))
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered"])
		self.assertIn(BOSS[0], " ".join(health.of_account(make.ACCOUNT)["warnings"]))
		with self.assertRaisesRegex(frappe.ValidationError, "Choose a user"):
			self.change("Integration Settings", make.ACCOUNT, retry_schedule="9s")
		self.change("Integration Settings", make.ACCOUNT, user=make.USER, retry_schedule="9s")


class TestNeverWritten(SteeringCase):
	def test_what_decides_about_rights_and_code_is_never_written_from_outside(self):
		for doctype in NEVER:
			with self.subTest(doctype):
				self.assertTrue(protected_doctypes.is_protected(doctype))

	def test_data_of_the_business_may_be_written(self):
		for doctype in (
			"Customer",
			"Contact",
			"Address",
			"ToDo",
			"Event",
			"File",
			"Communication",
			"Currency",
		):
			with self.subTest(doctype):
				self.assertFalse(protected_doctypes.is_protected(doctype))

	def test_such_a_flow_is_not_saved_whoever_saves_it(self):
		for doctype, source in (("User", "first_name"), ("Role", "role_name"), ("Value Map", "map_name")):
			for direction in ("Incoming", "Both"):
				requests = [] if direction == "Incoming" else make.rest("/x")
				with self.assertRaisesRegex(frappe.ValidationError, "never written from outside"):
					make.flow(
						doctype,
						requests,
						[make.row(source, "n")],
						name="Bad",
						**{**INCOMING, "direction": direction},
					)

	def test_such_a_flow_that_is_stored_writes_nothing(self):
		flow = make.flow(
			"Note", [], [make.row("title", "n"), make.row("content", "c")], name="Stored", **INCOMING
		)
		frappe.db.set_value("Field Mapping", flow.name, {"document_type": "Role"})
		frappe.db.set_value("Field Mapping Row", flow.rows[0].name, "source", "role_name")
		frappe.clear_document_cache("Field Mapping", flow.name)
		loaded = inflow.from_document(frappe.get_doc("Field Mapping", flow.name))
		with self.assertRaises(protected_doctypes.ProtectedDocType):
			write.upsert(loaded, {"id": "1", "n": "Intruder"})
		with self.assertRaises(protected_doctypes.ProtectedDocType):
			deletion.delete(loaded, "1")
		self.assertFalse(frappe.db.exists("Role", "Intruder"))


class TestOverHttp(HttpTestCase):
	def put(self, who: str, doctype: str, name: str, **values: Any):
		address = f"{self.site.url}/api/resource/{doctype}/{name}"
		return self.people[who].put(address, json=values, timeout=60)

	def test_a_weak_manager_steers_nothing_and_nobody_sets_what_the_form_only_shows(self):
		before = self.state()
		for doctype, name, values in (
			("Integration Settings", make.ACCOUNT, {"inbound_enabled": 1, "inbound_key": "k"}),
			("Integration Settings", make.ACCOUNT, {"base_url": "https://example.com"}),
			("Field Mapping", "Test Brand", {"direction": "Incoming", "document_type": "User"}),
			(
				"Integration Parameter",
				frappe.get_all("Integration Parameter", pluck="name")[0],
				{"value": "x"},
			),
		):
			answer = self.put("weak", doctype, name, **values)
			self.assertEqual(answer.status_code, 403, f"{doctype}: {answer.text[:300]}")
		for who in ("weak", "manager"):
			for values in ({"token_user": "Administrator"}, {"endpoint_key": "known"}):
				answer = self.put(who, "Integration Settings", make.ACCOUNT, **values)
				self.assertIn(answer.status_code, (403, 417), f"{values}: {answer.text[:300]}")
			for values in (
				{"filters_json": "[]"},
				{"field_mapping": "Other"},
				{"status": "Running"},
				{"started_by": "Administrator"},
			):
				answer = self.put(who, "Sync Backfill", self.known["backfill"], **values)
				self.assertEqual(answer.status_code, 403, f"{values}: {answer.text[:300]}")
			new = {"field_mapping": "Test Brand", "started_by": "Administrator", "status": "Running"}
			answer = self.people[who].post(
				f"{self.site.url}/api/resource/Sync Backfill", json=new, timeout=60
			)
			self.assertEqual(answer.status_code, 403, answer.text[:300])
		self.assertEqual(self.state(), before)
