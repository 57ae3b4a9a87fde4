"""**Export as Preset** in a real browser: the file is saved and told; brought to a site, it becomes an account there."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import frappe

from erp_connect.api import presets
from erp_connect.core.presets.reading import read_preset
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.bench.preset_case import BRANDS, HEAD
from erp_connect.tests.fakes.fault_server import Reply

# What the browser would save is kept in the page; the workers of its code editors are made the same way.
KEEP = """
	window.saved = [];
	const address = URL.createObjectURL;
	URL.createObjectURL = (blob) => {
		if (blob.type !== "application/json") return address.call(URL, blob);
		blob.text().then((text) => window.saved.push(text));
		return "#";
	};
	const click = HTMLAnchorElement.prototype.click;
	HTMLAnchorElement.prototype.click = function () {
		if (this.download) window.saved_as = this.download;
		else click.call(this);
	};
"""


class TestExport(DeskCase):
	def test_an_account_is_saved_as_a_file(self):
		make.account(
			self.receiver.url(), system="ERPNext", auth_type="Basic", username="u", password="hidden-one"
		)
		presets.add_flows(make.ACCOUNT, "ERPNext", ["Customers"])
		self.commit()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.run(KEEP)
		self.desk.choose("Actions", "Export as Preset")
		self.desk.see("What the system is called where the file is installed")
		self.shot("asked")
		self.desk.click("Export", ".modal.show button")
		self.desk.see("Exported as erpnext.json")
		self.shot("saved")
		(text,) = self.desk.until(lambda: self.desk.run("return window.saved"), "the file")
		self.assertEqual(self.desk.run("return window.saved_as"), "erpnext.json")
		self.assertEqual(read_preset(text, "it").flows[0].name, "Customers")
		self.assertNotIn("hidden-one", text)


FILE = {
	**HEAD,
	"name": "Far Shop",
	"title": "Far Shop",
	"inputs": [
		{"key": "username", "title": "Key", "fills": "username"},
		{"key": "password", "title": "Secret", "secret": True, "fills": "password"},
	],
	"auth": [{"key": "keys", "title": "Key and secret", "settings": {"auth_type": "Basic"}}],
	"parameters": [{"place": "Header", "key": "X-Api-Key", "value": "4711"}],
	"flows": [BRANDS],
}
HERE = ".modal.show"


class TestImport(DeskCase):
	def bring(self, content: dict) -> None:
		"""Choose a file with this content in the dialog that is open."""
		with tempfile.TemporaryDirectory() as folder:
			path = Path(folder, "far_shop.json")
			path.write_text(json.dumps(content))
			self.desk.see("File made by Export as Preset")
			self.desk.driver.find_element("id", "erp-connect-account_file").send_keys(str(path))
			self.desk.click("Continue", f"{HERE} .modal-footer button")

	def test_a_file_becomes_an_account_and_its_secrets_are_asked_for(self):
		make.user()
		self.commit()
		self.receiver.script("/", Reply(200, {}))
		self.desk.open("/app/integration-settings")
		self.desk.click("Connect a System")
		self.desk.see("Which system?")
		self.desk.click("Import from File", f"{HERE} .modal-footer button")
		self.shot("file")
		place = {"name": "Production", "base_url": self.receiver.url()}
		self.bring({**FILE, "environments": [place]})
		self.desk.see(f"What is entered goes to {self.receiver.url()}, as the file says.")
		self.desk.see("parameters.0.value in the file may be a secret")
		self.assertNotIn("File made by Export as Preset", self.desk.text())
		for fieldname, value in (("input_username", "k"), ("input_password", "own-one"), ("user", make.USER)):
			self.desk.fill(fieldname, value)
		self.assert_readable("entries")
		self.desk.click("Connect", f"{HERE} .modal-footer button")
		self.desk.see("One flow is ready and switched off.")
		self.shot("made")
		frappe.db.rollback()
		doc = frappe.get_doc("Integration Settings", "Far Shop")
		self.assertEqual((doc.username, doc.get_password("password"), doc.enabled), ("k", "own-one", 1))
		self.assertEqual(frappe.get_all("Field Mapping", {"integration": doc.name}, pluck="enabled"), [0])

	def test_a_file_that_cannot_be_used_is_told_and_another_one_can_be_chosen(self):
		self.desk.open("/app/integration-settings")
		self.desk.click("Import")
		self.bring({**FILE, "flows": [{"mapping": {"mapping_name": "Brands"}}]})
		self.desk.see("flows.0.mapping: document_type is missing")
		self.shot("refused")
		self.desk.errors()  # the refusal itself
		self.assertFalse(frappe.db.exists("Integration Settings", "Far Shop"))
