"""`bench erp-connect validate`: flows are tried on samples, and nothing of it is kept or sent."""

from __future__ import annotations

import json

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commands.test_commands import forked


class TestValidate(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), inbound_enabled=1)
		self.incoming = make.flow(
			"Brand",
			[],
			[make.row("brand", "title")],
			"Brands in",
			direction="Incoming",
			topics="brands/create",
			external_id_expression="id",
		)
		self.commit()

	def validate(self, *arguments: str, given: str = "", code: int = 0) -> str:
		ended, output, error = forked(frappe.local.site, ["validate", *arguments], given)
		self.assertEqual(ended, code, output + error)
		frappe.db.rollback()
		return output if code != 2 else error

	def one(self, *arguments: str, given: str = "", code: int = 0) -> dict:
		(found,) = json.loads(self.validate(*arguments, "--json", given=given, code=code))
		return found

	def test_a_sample_that_works_and_leaves_nothing(self):
		title = make.unique("Validated")
		found = self.one("Brands in", "--sample", "-", given=json.dumps({"id": 7, "title": title}))
		self.assertTrue(found["ok"])
		self.assertEqual([one["action"] for one in found["samples"]], ["create"])
		self.assertFalse(frappe.db.exists("Brand", title))
		self.assertEqual(self.events(), [])
		self.assertEqual(self.links(), [])

	def test_a_sample_that_fails_and_one_that_cannot_be_read(self):
		found = self.one("Brands in", "--sample", "-", given='{"id": 7}', code=1)
		self.assertFalse(found["ok"])
		self.assertIn("fail", [one["action"] for one in found["samples"]])
		self.assertTrue(found["samples"][0]["error"])
		self.assertIn("WRONG", self.validate("Brands in", "--sample", "-", given="{nonsense", code=1))

	def test_documents_of_a_flow_that_sends(self):
		make.brand_flow()
		make.brand()
		self.commit()
		before = len(self.events())
		found = self.one("Test Brand", "--documents", "1")
		self.assertEqual([one["action"] for one in found["samples"]], ["send"])
		self.assertEqual(len(self.events()), before)
		self.assertEqual(self.arrived(), [])

	def test_what_could_not_be_saved_is_wrong_and_without_a_sample_only_when_strict(self):
		self.assertIn("no sample", self.validate("Brands in"))
		self.assertIn("no sample to try", self.validate("Brands in", "--strict", code=1))
		frappe.db.set_value("Field Mapping", "Brands in", "external_id_expression", "[[")
		self.commit()
		found = self.one("--account", make.ACCOUNT, code=1)
		self.assertTrue(found["problems"])

	def test_what_does_not_exist_and_what_was_not_understood(self):
		self.validate("No such flow", code=1)
		self.validate("--account", "No such account", code=1)
		self.assertIn("one flow", self.validate("--sample", "-", given="{}", code=2))
