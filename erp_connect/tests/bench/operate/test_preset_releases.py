"""A newer release of a preset: shown per flow, taken over per flow, and what was changed here stays."""

from __future__ import annotations

import copy
import json
from typing import Any

import frappe

from erp_connect.api import accounts, preset_releases, presets
from erp_connect.config import preset_files
from erp_connect.config.presets import lacking
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.preset_case import PresetFolder

PRESET = {
	"name": "Fair Shop",
	"release": "1.9",
	"flows": [
		{
			"mapping": {
				"mapping_name": "Brands",
				"document_type": "Brand",
				"remote_entity": "brand",
				"requests": [{"event": "Insert", "method": "POST", "path": "/brands"}],
				"rows": [
					{"source": "name", "target": "name", "transform": "Value Map", "value_map": "Names"},
					{"source": "description", "target": "about", "argument": ""},
				],
			},
			"value_maps": {"Names": [{"erp_value": "A", "remote_value": "a"}]},
		},
		{
			"mapping": {
				"mapping_name": "Groups",
				"document_type": "Item Group",
				"remote_entity": "group",
				"requests": [{"event": "Insert", "method": "POST", "path": "/groups"}],
				"rows": [{"source": "name", "target": "name"}],
			}
		},
	],
}


def newer(**brands: Any) -> dict[str, Any]:
	"""Release 1.10 with another flow of brands."""
	preset = copy.deepcopy(PRESET)
	preset["release"] = "1.10"
	preset["migrations"] = [
		{"release": "1.10", "changes": ["Brands go to version 2."]},
		{"release": "1.9", "changes": ["Old news."]},
	]
	mapping = preset["flows"][0]["mapping"]
	mapping["requests"][0]["path"] = "/v2/brands"
	mapping["rows"].insert(1, {"source": "image", "target": "picture"})
	mapping["rows"][2]["required"] = 1
	preset["flows"][0]["value_maps"]["Names"].append({"erp_value": "B", "remote_value": "b"})
	preset["flows"][0]["roles"] = ["Fleet Manager"]
	mapping.update(brands)
	return preset


class TestReleases(PresetFolder, ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.ship(PRESET)
		make.account(self.receiver.url(), system="Fair Shop")
		self.flow = presets.add_flows(make.ACCOUNT, "Fair Shop", ["Brands"])[0]

	def doc(self):
		return frappe.get_doc("Field Mapping", self.flow)

	def updates(self) -> dict[str, Any]:
		return preset_releases.updates(make.ACCOUNT)

	def changes(self) -> dict[tuple[str, str], dict[str, Any]]:
		(flow,) = self.updates()["flows"]
		return {(change["where"], change["what"]): change for change in flow["changes"]}

	def test_account_and_flow_know_the_release_that_they_were_made_from(self):
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "preset_release"), "1.9")
		doc = self.doc()
		self.assertEqual((doc.preset, doc.preset_flow, doc.preset_release), ("Fair Shop", "Brands", "1.9"))
		self.assertEqual(self.updates()["flows"], [])

	def test_nothing_new_is_found_in_flows_of_shipped_presets(self):
		for system, preset in preset_files.load_all().items():
			with self.subTest(system):
				inputs = [
					{"key": asked.key, "title": asked.title, "value": asked.example or "x"}
					for asked in preset.inputs
				]
				make.account(self.receiver.url(), name=f"Of {system}", inputs=inputs)
				names = [flow.name for flow in preset.flows if not lacking(flow)]
				flows = presets.add_flows(f"Of {system}", system, names)
				# As if they were of an older release, which said the same.
				frappe.db.set_value("Field Mapping", {"name": ("in", flows)}, "preset_release", "0.1")
				found = preset_releases.updates(f"Of {system}")["flows"]
				self.assertEqual({one["flow"]: one["changes"] for one in found}, dict.fromkeys(flows, []))

	def test_a_newer_release_says_what_it_changes(self):
		self.assertNotIn("newer release", str(accounts.health(make.ACCOUNT)["warnings"]))
		self.ship(newer())
		self.assertIn("A newer release of Fair Shop", str(accounts.health(make.ACCOUNT)["warnings"]))
		told = self.updates()
		self.assertEqual((told["release"], told["taken"], told["untaken"]), ("1.10", "1.9", ["Groups"]))
		(flow,) = told["flows"]
		self.assertEqual((flow["from"], flow["to"], flow["roles"]), ("1.9", "1.10", ["Fleet Manager"]))
		self.assertEqual(flow["notes"], [{"release": "1.10", "text": "Brands go to version 2."}])
		changes = self.changes()
		self.assertEqual(
			{key: (change["kind"], change["before"], change["now"]) for key, change in changes.items()},
			{
				("Requests", "Insert: Path"): ("changed", "/brands", "/v2/brands"),
				("Fields", "image → picture"): (
					"added", "", "ERPNext field or expression: image; Outside field: picture",
				),
				("Fields", "description → about: Required"): ("changed", "No", "Yes"),
				("Value Map Test Shop: Names", "B"): ("added", "", "ERPNext value: B; Outside value: b"),
			},
		)  # fmt: skip
		self.assertFalse(any(change["conflict"] for change in changes.values()))

	def test_it_is_taken_over_and_what_was_changed_here_stays(self):
		doc = self.doc()
		doc.update({"enabled": 1, "condition": "name != 'x'", "only_changed": 0})
		doc.rows[1].argument = "mine"
		doc.append("rows", make.row("modified", "changed_at"))
		doc.save()
		kept = doc.rows[1].name
		self.ship(newer())
		preset_releases.take_over(self.flow, "1.10")
		doc = self.doc()
		self.assertEqual((doc.enabled, doc.condition, doc.only_changed), (1, "name != 'x'", 0))
		self.assertEqual(doc.requests[0].path, "/v2/brands")
		self.assertEqual([row.target for row in doc.rows], ["name", "picture", "about", "changed_at"])
		self.assertEqual((doc.rows[2].name, doc.rows[2].argument, doc.rows[2].required), (kept, "mine", 1))
		entries = frappe.get_doc("Value Map", f"{make.ACCOUNT}: Names").entries
		self.assertEqual([row.erp_value for row in entries], ["A", "B"])
		self.assertEqual((doc.preset_release, self.updates()["flows"]), ("1.10", []))
		self.assertEqual(self.updates()["taken"], "1.10")

	def test_a_conflict_keeps_the_value_here_unless_the_other_is_chosen(self):
		doc = self.doc()
		doc.requests[0].path = "/mine"
		doc.save()
		self.ship(newer())
		change = self.changes()["Requests", "Insert: Path"]
		self.assertEqual(
			(change["before"], change["yours"], change["now"], change["conflict"]),
			("/brands", "/mine", "/v2/brands", True),
		)
		frappe.db.savepoint("shown")
		preset_releases.take_over(self.flow, "1.10")
		self.assertEqual(self.doc().requests[0].path, "/mine")
		self.assertEqual(self.updates()["flows"], [])
		frappe.db.rollback(save_point="shown")
		preset_releases.take_over(self.flow, "1.10", json.dumps([change["id"]]))
		self.assertEqual(self.doc().requests[0].path, "/v2/brands")

	def entries(self, name: str = f"{make.ACCOUNT}: Names") -> list[tuple[str, str]]:
		return [(row.erp_value, row.remote_value) for row in frappe.get_doc("Value Map", name).entries]

	def test_an_entry_of_a_value_map_that_both_changed(self):
		names = frappe.get_doc("Value Map", f"{make.ACCOUNT}: Names")
		names.entries[0].remote_value = "mine"
		names.append("entries", {"erp_value": "Own", "remote_value": "own"})
		names.save()
		shipped = newer()
		shipped["flows"][0]["value_maps"]["Names"][0]["remote_value"] = "a2"
		self.ship(shipped)
		change = self.changes()["Value Map Test Shop: Names", "A: Outside value"]
		self.assertEqual((change["before"], change["yours"], change["now"]), ("a", "mine", "a2"))
		frappe.db.savepoint("shown")
		preset_releases.take_over(self.flow, "1.10")
		self.assertEqual(self.entries(), [("A", "mine"), ("B", "b"), ("Own", "own")])
		frappe.db.rollback(save_point="shown")
		preset_releases.take_over(self.flow, "1.10", [change["id"]])
		self.assertEqual(self.entries(), [("A", "a2"), ("B", "b"), ("Own", "own")])

	def test_a_value_map_that_was_renamed_is_left_alone(self):
		frappe.rename_doc("Value Map", f"{make.ACCOUNT}: Names", "My names")
		self.ship(newer())
		self.assertNotIn("Value Map Test Shop: Names", [where for where, what in self.changes()])
		preset_releases.take_over(self.flow, "1.10")
		self.assertEqual(self.doc().rows[0].value_map, "My names")
		self.assertEqual(self.entries("My names"), [("A", "a")])
		self.assertFalse(frappe.db.exists("Value Map", f"{make.ACCOUNT}: Names"))

	def test_a_release_that_was_not_shown_is_not_taken(self):
		self.ship(newer())
		for release in ("1.9", "1.11"):
			with self.assertRaisesRegex(frappe.ValidationError, "Open Update from Preset again"):
				preset_releases.take_over(self.flow, release)
		preset_releases.take_over(self.flow, "1.10")
		with self.assertRaisesRegex(frappe.ValidationError, "taken over already"):
			preset_releases.take_over(self.flow, "1.10")

	def test_what_cannot_be_saved_changes_nothing(self):
		self.ship(newer(condition="name ||"))
		with self.assertRaises(frappe.ValidationError):
			preset_releases.take_over(self.flow, "1.10")
		frappe.db.rollback()

	def test_a_flow_that_the_preset_gave_up_is_named_and_left_alone(self):
		self.ship({**newer(), "flows": newer()["flows"][1:]})
		told = self.updates()
		self.assertEqual((told["flows"], told["gone"]), ([], [self.flow]))

	def test_a_preset_that_is_gone_or_older_brings_nothing(self):
		for changed in ({"release": "1.2"}, {"name": "Other Shop"}):
			with self.subTest(changed):
				self.ship({**newer(), **changed})
				self.assertEqual(self.updates()["flows"], [])

	def test_what_a_flow_was_made_from_is_not_exported_or_copied_or_changed_by_hand(self):
		doc = self.doc()
		copied = frappe.copy_doc(doc, ignore_no_copy=False)
		self.assertFalse(copied.preset or copied.preset_base)
		doc.preset_release = "9"
		with self.assertRaises(frappe.CannotChangeConstantError):
			doc.save()

	def test_markup_in_a_preset_keeps_no_flow_from_being_saved(self):
		shipped = newer(
			notes="<p>Over <b>all</b> & <script>x</script></p>", condition="name < 'x' && name != '<b>'"
		)
		self.ship(shipped)
		preset_releases.take_over(self.flow, "1.10")
		for _ in range(2):
			doc = self.doc()
			doc.remote_entity = make.unique("brand")
			doc.save()
		self.ship({**shipped, "release": "1.11"})
		self.assertEqual(self.changes(), {})

	def test_who_may(self):
		self.ship(newer())
		manager = make.user("fewer-rights@example.com", ("Integration Manager",))
		frappe.set_user(manager)
		self.addCleanup(frappe.set_user, "Administrator")
		for call in (
			lambda: preset_releases.updates(make.ACCOUNT),
			lambda: preset_releases.take_over(self.flow, "1.10"),
		):
			with self.assertRaises(frappe.PermissionError):
				call()
