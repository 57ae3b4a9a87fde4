"""**Export as Preset** in a real browser: the file is saved, and what is left to do is told."""

from __future__ import annotations

from erp_connect.api import presets
from erp_connect.core.presets.reading import read_preset
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

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
