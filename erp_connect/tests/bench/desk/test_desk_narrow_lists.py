"""The lists of the app on a phone, in a real browser: what a row is about and how it stands can be read whole."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.store import keys
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

NARROW = (390, 844)
ACCOUNT = "Shop of the Northern Branch, Wholesale and Returns"
FLOW = "Prices of Articles that are sold on the Marketplace"
# Where the words of a row's title and of its state stand, and how far they may reach.
PLACES = """
const row = cur_list.$result[0].querySelector(".list-row-container .list-row");
const words = (element) => {
	const range = document.createRange();
	range.selectNodeContents(element);
	const { left, right, top, bottom } = range.getBoundingClientRect();
	return { text: range.toString().trim(), left, right, top, bottom };
};
const pill = [...row.querySelectorAll(".level-right .indicator-pill")].find((one) => one.offsetParent);
return {
	row: row.getBoundingClientRect().toJSON(),
	title: words(row.querySelector(".list-subject a")),
	pill: pill && { ...words(pill), ...pill.getBoundingClientRect().toJSON() },
	cut: [...row.querySelectorAll(".list-subject, .list-subject *, .level-left, .level-right, .level-right *")]
		.filter((one) => one.offsetParent && getComputedStyle(one).overflowX !== "visible")
		.filter((one) => one.scrollWidth > one.clientWidth + 1)
		.map((one) => one.outerHTML),
};
"""


class TestNarrowLists(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.sql("DELETE FROM `__UserSettings`")
		frappe.cache.delete_value("_user_settings")
		size = self.desk.driver.get_window_size()
		self.desk.driver.set_window_size(*NARROW)
		self.addCleanup(self.desk.driver.set_window_size, size["width"], size["height"])
		make.account(self.receiver.url(), name=ACCOUNT)
		make.flow("Brand", make.rest("/brands"), [make.row("name", "name")], name=FLOW, integration=ACCOUNT)
		self.brand = make.brand(name=make.unique("Brand of the House")).name
		self.compared = self.row("Sync Reconciliation", field_mapping=FLOW, status="Completed", different=12)

	def row(self, doctype: str, **values: Any) -> str:
		"""A record as the engine would write it, without what it would begin."""
		doc = frappe.get_doc({"doctype": doctype, "name": keys.new_id(), **values})
		doc.db_insert()
		return doc.name

	def test_titles_and_states_are_read_whole(self):
		document = {"document_type": "Brand", "document_name": self.brand}
		self.row("Sync Cursor", field_mapping=FLOW, status="Stopped", error="refused")
		self.row("Sync Alert", integration=ACCOUNT, kind="Webhooks not registered", status="Ended", amount=7)
		self.row(
			"Sync Difference",
			reconciliation=self.compared,
			kind="Missing there",
			status="Superseded",
			**document,
		)
		self.row(
			"Webhook Subscription",
			integration=ACCOUNT,
			topic="orders/partially_fulfilled",
			status="Registered",
		)
		self.row("Sync Exemption", integration=ACCOUNT, rule="Pin Outside", **document)
		self.row("Sync Backfill", field_mapping=FLOW, status="Stopped")
		self.row("Sync Load", field_mapping=FLOW, status="Completed", error="refused")
		self.row(
			"Sync Log",
			integration=ACCOUNT,
			status="Superseded",
			event="Insert",
			direction="Outgoing",
			reference_doctype="Brand",
			reference_name=self.brand,
			field_mapping=FLOW,
		)
		make.link("Brand", self.brand, "brand", "gid://shop/Brand/1234567890123456", integration=ACCOUNT)
		make.alert_receiver(integration=ACCOUNT)
		self.row("Value Map", name=FLOW, map_name=FLOW)
		self.commit()
		for doctype, title, state in (
			("Integration Settings", ACCOUNT, "Switched on"),
			("Field Mapping", FLOW, "Switched on"),
			("Sync Cursor", FLOW, "Stopped by an error"),
			("Sync Alert", f"Webhooks not registered · {ACCOUNT}", "Ended"),
			("Sync Reconciliation", FLOW, "12 differences"),
			("Sync Difference", "Missing there", "Superseded"),
			("Webhook Subscription", "orders/partially_fulfilled", "Registered"),
			("Sync Exemption", self.brand, "Pinned"),
			("Sync Backfill", FLOW, "Stopped"),
			("Sync Load", FLOW, "Complete, with a warning"),
			("Sync Log", f"Brand · {ACCOUNT}", "Superseded"),
			("Sync Link", self.brand, ""),
			("Alert Receiver", "on-call@example.com", ""),
			("Value Map", FLOW, ""),
		):
			with self.subTest(doctype):
				self.assert_whole(doctype, title, state)

	def assert_whole(self, doctype: str, title: str, state: str) -> None:
		self.desk.open(f"/app/{frappe.scrub(doctype).replace('_', '-')}")
		# Its own rows, whole: those of the list before, and rows without a title, may stand there for a moment.
		title_of_row = "cur_list.$result?.[0]?.querySelector('.list-row-container .list-row .list-subject a')"
		listed = f"return cur_list?.doctype === arguments[0] && !!{title_of_row}"
		self.desk.until(lambda: self.desk.run(listed, doctype), f"the list of {doctype}")
		self.desk.until(
			lambda: self.desk.run("return !!document.getElementById('erp-connect-list-style')"), "its style"
		)
		self.shot(frappe.scrub(doctype))
		found = self.desk.run(PLACES)
		row, words, pill = found["row"], found["title"], found["pill"]
		self.assertIn(title, words["text"])
		self.assertEqual(found["cut"], [])
		self.assertLessEqual(row["right"], NARROW[0])
		for place in filter(None, (words, pill)):
			self.assertGreaterEqual(place["left"], row["left"])
			self.assertLessEqual(place["right"], row["right"])
			self.assertGreaterEqual(place["top"], row["top"])
			self.assertLessEqual(place["bottom"], row["bottom"])
		if state:
			self.assertIn(state, pill["text"])
			self.assertLessEqual(words["right"], pill["left"])
