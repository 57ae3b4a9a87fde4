"""The node for n8n (integrations/n8n): valid to n8n's types and linter, and run against the site by n8n's own engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import tools
from erp_connect.tests.bench.http_case import _session
from erp_connect.tests.bench.inbound_case import InboundTestCase

PACKAGE = Path(frappe.get_app_path("erp_connect")).parent / "integrations" / "n8n"
CLIENT = Path(__file__).with_name("n8n_client.cjs")
# The last ones that run on the Node of Frappe 15.
PACKAGES = (
	"n8n-core@1.100.0", "n8n-workflow@1.98.0", "typescript@5.8", "eslint@8", "@typescript-eslint/parser@7",
	"eslint-plugin-n8n-nodes-base@1.16.3",
)  # fmt: skip


class TestN8n(InboundTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.modules = tools.npm_packages("n8n", *PACKAGES) / "node_modules"
		cls.folder = tempfile.TemporaryDirectory()
		cls.addClassCleanup(cls.folder.cleanup)
		cls.package = Path(cls.folder.name) / "package"
		shutil.copytree(PACKAGE, cls.package)
		(cls.package / "node_modules").symlink_to(cls.modules)

	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text")],
			direction="Incoming", remote_entity="brand", allow_delete=1,
		)  # fmt: skip
		key, secret = (
			_session(make.USER, make.ROLES).headers["Authorization"].removeprefix("token ").split(":")
		)
		self.credentials = {"site": f"{self.site.url}/", "apiKey": key, "apiSecret": secret, "account": ""}
		self.commit()

	def run_tool(self, *command: str, **more: Any) -> subprocess.CompletedProcess[str]:
		environment = {**os.environ, "HOME": self.folder.name, "NODE_PATH": str(self.modules)}
		return subprocess.run(
			["node", *command], cwd=self.package, env=environment, capture_output=True, text=True, timeout=180, **more
		)  # fmt: skip

	def compiled(self) -> Path:
		"""The package as n8n loads it, checked against n8n's types."""
		if not (self.package / "dist").exists():
			done = self.run_tool(str(self.modules / "typescript" / "bin" / "tsc"))
			self.assertEqual(done.returncode, 0, done.stdout[-3000:])
		return self.package / "dist"

	def ask(self, *calls: dict[str, Any]) -> list[dict[str, Any]]:
		questions = json.dumps({"credentials": self.credentials, "calls": list(calls)})
		done = self.run_tool(str(CLIENT), str(self.compiled()), input=questions)
		_, found, answers = done.stdout.rpartition("\nANSWERS")
		self.assertTrue(found, done.stderr[-2000:])
		return json.loads(answers)

	def items(self, operation: str, **parameters: Any) -> list[dict[str, Any]]:
		"""What the node gives to the next one."""
		(one,) = self.ask({"parameters": {"operation": operation, "entity": "brand", **parameters}})
		self.assertTrue(one["ok"], one["answer"])
		return one["answer"]

	def test_the_linter_of_n8n_finds_nothing(self):
		eslint = str(self.modules / "eslint" / "bin" / "eslint.js")
		done = self.run_tool(eslint, "--ext", ".ts", "nodes", "credentials")
		self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr[-2000:])
		operations = self.package / "nodes" / "ErpConnect" / "operations.ts"
		text = operations.read_text()
		self.addCleanup(operations.write_text, text)
		operations.write_text(
			text.replace("Whether to return all results or only up to a given limit", "All")
		)
		self.assertEqual(self.run_tool(eslint, "--ext", ".ts", "nodes").returncode, 1)

	def test_kinds_of_record_are_offered(self):
		(one,) = self.ask({"property": "entity"})
		self.assertEqual(one["answer"], [{"name": "brand (Brand)", "value": "brand"}])

	def test_a_record_is_created_updated_read_and_deleted(self):
		name = make.unique("Node")
		record = {"id": "N-1", "name": name, "text": "first"}
		(made,) = self.items("upsert", record=json.dumps(record))
		self.assertEqual((made["action"], made["name"]), ("created", name))
		(again,) = self.items("upsert", record=json.dumps({**record, "text": "second"}))
		self.assertEqual(again["action"], "updated")
		(found,) = self.items("get", externalId="N-1")
		self.assertEqual((found["name"], found["description"]), (name, "second"))
		(gone,) = self.items("delete", externalId="N-1")
		self.assertEqual(gone["action"], "deleted")
		self.assertFalse(frappe.db.exists("Brand", name))

	def test_all_records_come_page_by_page(self):
		prefix = make.unique("Paged")
		names = [f"{prefix} {number:03d}" for number in range(120)]
		frappe.db.bulk_insert(
			"Brand", ["name", "brand", "creation", "modified", "owner", "modified_by"],
			[[name, name, *[frappe.utils.now()] * 2, *["Administrator"] * 2] for name in names],
		)  # fmt: skip
		self.commit()
		items = self.items("getAll", returnAll=True)
		self.assertEqual([item["name"] for item in items if item["name"].startswith(prefix)], names)
		self.assertEqual(len(items), len({item["name"] for item in items}))
		self.assertEqual(len(self.items("getAll", limit=7)), 7)

	def test_what_is_refused_is_told(self):
		(one,) = self.ask({"parameters": {"operation": "get", "entity": "brand", "externalId": "nothing"}})
		self.assertFalse(one["ok"])
		self.assertIn("could not be found", one["answer"])
		self.credentials["apiSecret"] = "wrong"
		(one,) = self.ask({"parameters": {"operation": "getAll", "entity": "brand"}})
		self.assertFalse(one["ok"])
