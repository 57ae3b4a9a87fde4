"""The forms of accounts and flows explain their fields, and show those that apply to the direction."""

from __future__ import annotations

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

IS_SHOWN = "return cur_frm.get_field(arguments[0]).disp_status !== 'None'"
IS_WHOLE = """
const panes = [...document.querySelectorAll('.form-page .tab-pane.active')].filter((pane) => pane.offsetParent);
return panes.length === 1 && getComputedStyle(panes[0]).opacity === '1';
"""
TABS = {
	"Authentication": "How this site proves who it is.",
	"Delivery": "How records are written in requests",
	"Inbound": "Webhooks and calls of the API",
	"Commerce": "Unticked: orders stay drafts",
}


class TestDeskDescriptions(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.commit()

	def test_the_fields_of_an_account_are_explained(self):
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.see("Production sends to the Base URL")
		for tab, explained in TABS.items():
			self.desk.click(tab, ".nav-link")
			self.desk.see(explained)
			self.desk.until(lambda: self.desk.run(IS_WHOLE), f"tab {tab}, faded in")
			self.shot(tab.lower())

	def test_a_flow_shows_what_applies_to_its_direction(self):
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.see("Outgoing: from here to the outside.")
		self.assertTrue(self.desk.run(IS_SHOWN, "condition"))
		self.shot("outgoing")
		self.desk.run("return cur_frm.set_value('direction', 'Incoming')")
		self.desk.settle()
		self.assertFalse(self.desk.run(IS_SHOWN, "condition"))
		self.assertFalse(self.desk.run(IS_SHOWN, "linked_documents"))
		self.shot("incoming")
