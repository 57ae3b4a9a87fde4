"""Events in a real browser: a list that can be read, failures repaired by their reason, and a form that says what to do."""

from __future__ import annotations

import frappe

from erp_connect.store import keys
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.browser import UNFOLD
from erp_connect.tests.bench.desk_case import EVIL, DeskCase
from erp_connect.tests.fakes.fault_server import Reply


class EventsCase(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), error_expression="error", inbound_enabled=1)
		self.flow = make.brand_flow()
		make.flow(
			"Customer",
			[],
			[make.row("customer_name", "name"), make.row("customer_group", "group")],
			name="Customers from outside",
			direction="Incoming",
			topics="*",
			inbound_id_expression="id",
		)
		# Desk opens a list with the filters that were last used.
		frappe.db.sql("DELETE FROM `__UserSettings` WHERE doctype = 'Sync Log'")
		frappe.cache.delete_value("_user_settings")
		self.commit()

	def refused(self, error: str, count: int = 1) -> list[str]:
		"""Brands that the receiver refuses, each with a message of its own kind."""
		brands = []
		for _ in range(count):
			brands.append(make.brand())
			self.receiver.script("/brands", Reply(422, {"error": error.format(brands[-1].name)}))
			self.deliver()
		return [self.event(reference_name=doc.name).name for doc in brands]


# Left and right of the first row's title, and of its status.
PLACES = """
const row = document.querySelector(".list-row");
const words = document.createRange();
words.selectNodeContents(row.querySelector(".list-subject a"));
const shown = [...row.querySelectorAll(".indicator-pill")].find((pill) => pill.offsetParent);
return [words, shown].map((one) => one.getBoundingClientRect()).map((box) => [box.left, box.right]);
"""


class TestList(EventsCase):
	def test_titles_accounts_and_ids_can_be_read(self):
		self.refused("No such group")
		failed = self.came_in(id="c-41")
		self.assertEqual(self.event(name=failed).status, "Failed")
		self.desk.open("/app/sync-log")
		self.desk.see("customers/create")
		text = self.desk.text()
		for shown in (" · Brand", make.ACCOUNT, "Insert", "has no value for: "):
			self.assertIn(shown, text)
		self.assertNotIn("MandatoryError", text)
		self.assertNotIn(failed, text)
		self.shot("list")

	def test_on_a_narrow_screen_the_list_says_what_it_is_about(self):
		self.refused("No such group")
		size = self.desk.driver.get_window_size()
		self.desk.driver.set_window_size(390, 900)
		self.addCleanup(self.desk.driver.set_window_size, size["width"], size["height"])
		self.desk.open("/app/sync-log")
		self.desk.see(f" · Brand · {make.ACCOUNT}")
		title, pill = self.desk.run(PLACES)
		checkbox = self.desk.run(
			"return document.querySelector('.list-row .list-row-checkbox').getBoundingClientRect().right"
		)
		self.assertLess(title[0] - checkbox, 40, "the title begins at the left")
		self.assertLess(pill[1], 390 - 16, "the status is there whole")
		self.assertLessEqual(title[1], pill[0])
		self.shot("narrow")

	def test_an_external_id_is_found_whole(self):
		self.receiver.script("/brands", Reply(201, {"id": "B-4711"}))
		make.brand()
		self.deliver()
		self.refused("No such group")
		self.desk.open("/app/sync-log")
		self.desk.run("cur_list.page.fields_dict.external_id.set_value('B-4711')")
		self.desk.until(lambda: self.desk.run("return cur_list.data.length === 1"), "one event")
		filters = self.desk.run("return cur_list.get_filters_for_args().map((row) => row.slice(1, 4))")
		self.assertIn(["external_id", "=", "B-4711"], filters)


class TestReasons(EventsCase):
	def reasons(self) -> None:
		self.desk.open("/app/sync-log")
		self.desk.click("Group by Reason")
		self.desk.see(" reason")

	def press(self, group: int, label: str) -> None:
		self.desk.click(label, f".modal [data-reason='{group}'] button")

	def test_they_are_skipped_or_resolved_with_a_note(self):
		many = self.refused("{0} has no group 17", 2)
		other = self.refused("The shop is closed")
		self.reasons()
		self.desk.see("3 events for 2 reasons.")
		self.desk.see("correct the document or the flow, then press Retry")
		self.shot("groups")
		self.press(0, "Resolve with a Note…")
		self.desk.fill("note", f"Entered by hand {EVIL}")
		self.desk.click("Resolve", ".modal-footer button")
		self.desk.see("2 of 2 events skipped.")
		self.desk.see("One event for one reason.")
		self.assertEqual(self.event(name=other[0]).status, "Failed")
		for name in many:
			event = self.event(name=name)
			self.assertEqual((event.status, event.outcome), ("Cancelled", "resolved_by_hand"))
		noted = frappe.get_all("Comment", {"reference_name": ("in", many)}, pluck="reference_name")
		self.assertEqual(set(noted), set(many))
		self.desk.open(f"/app/sync-log/{many[0]}")
		self.desk.see("Entered by hand")
		self.shot("resolved")

	def test_more_than_one_call_shows_its_progress(self):
		first = self.refused("No such group")[0]
		row = frappe.db.sql("SELECT * FROM `tabSync Log` WHERE name = %s", first, as_dict=True)[0]
		for _ in range(150):
			copy = {**row, "name": keys.new_id(), "reference_name": make.unique("Brand"), "dedupe_key": None}
			copy.pop("seq")
			columns = ", ".join(f"`{column}`" for column in copy)
			frappe.db.sql(
				f"INSERT INTO `tabSync Log` ({columns}) VALUES ({', '.join(['%s'] * len(copy))})",
				list(copy.values()),
			)
		self.commit()
		self.reasons()
		self.press(0, "Skip All")
		self.desk.click("Yes", ".modal-footer button")
		self.desk.see("151 of 151 events skipped.")
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Sync Log", {"status": "Cancelled"}), 151)

	def test_the_events_of_a_reason_are_shown(self):
		many = self.refused("{0} has no group 17", 2)
		self.refused("The shop is closed")
		self.reasons()
		self.press(0, "Show Events")
		self.desk.until(lambda: self.desk.run("return cur_list?.data.length === 2"), "its events")
		self.assertEqual(set(self.desk.run("return cur_list.data.map((row) => row.name)")), set(many))


class TestForm(EventsCase):
	def test_what_happened_is_a_timeline_of_tries(self):
		doc = make.brand("first")
		self.receiver.script("/brands", Reply(422, {"error": "No text"}))
		self.deliver()
		name = self.event(reference_name=doc.name).name
		frappe.db.set_value("Brand", doc.name, "description", "second")  # behind the engine's back
		self.commit()
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.click("Retry")
		self.receiver.script(
			"/brands", Reply(500, "<error><code>17</code></error>", headers={"Content-Type": "text/xml"})
		)
		self.deliver()
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("What happened")
		self.desk.until(
			lambda: self.desk.run("return document.querySelectorAll('.erp-connect-timeline li').length >= 4"),
			"the timeline",
		)
		self.desk.see_folded(
			"Recorded: Insert", "Sent otherwise than in the attempt before:", "  <code>17</code>"
		)
		self.assertIn(f"{doc.name} · Brand", self.desk.run("return document.title"))
		self.shot("timeline")

	def test_a_failed_event_says_what_to_do_next(self):
		name = self.refused("No such group")[0]
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("correct the document or the flow, then press Retry")
		self.shot("advice")

	def test_names_in_code_can_be_read_on_the_dark_theme(self):
		name = self.refused("No such group")[0]
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("POST /brands")
		self.desk.run(UNFOLD)
		self.assert_readable()

	def test_the_record_outside_is_opened(self):
		address = "https://shop.example.com/b/9"
		name = self.refused("No such group")[0]
		entity = frappe.db.get_value("Field Mapping", "Test Brand", "remote_entity")
		make.link("Brand", make.brand().name, entity, "B-9", external_url=address)
		frappe.db.set_value("Sync Log", name, "external_id", "B-9")
		self.commit()
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("Open Outside")
		self.desk.run("window.open = (...how) => (window.opened = how)")
		self.desk.click("Open Outside")
		self.assertEqual(self.desk.run("return window.opened"), [address, "_blank", "noopener,noreferrer"])
		frappe.db.set_value("Sync Log", name, "external_id", "B-10")
		self.commit()
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("POST /brands")
		self.assertNotIn("Open Outside", self.buttons())

	def test_a_title_from_outside_is_text(self):
		name = self.came_in(id="c-1", name="x")
		hostile = f"&lt;b&gt;{EVIL}"
		frappe.db.sql(
			"UPDATE `tabSync Log` SET topic = %s, external_id = %s, reference_doctype = NULL, reference_name = NULL"
			" WHERE name = %s",
			(hostile[:140], hostile[:140], name),
		)
		self.commit()
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("What happened")
		self.desk.open("/app/sync-log")
		self.desk.until(lambda: self.desk.run("return cur_list?.data.length === 1"), "the event")
		for selector in ("img[src=x]", ".list-subject b", ".title-area b"):
			self.assertEqual(
				self.desk.run("return document.querySelectorAll(arguments[0]).length", selector), 0, selector
			)

	def test_a_skipped_event_says_one_thing(self):
		self.receiver.script("/brands", Reply(201, {"id": "B-1"}))
		doc = make.brand()
		self.deliver()
		doc.save()
		self.deliver()
		name = self.event(reference_name=doc.name, status="Skipped").name
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.see("Nothing had to be sent.")
		self.desk.see("No mapped field has changed")
		text = self.desk.text()
		for wrong in ("Not tried yet", "is built when", "nothing_changed"):
			self.assertNotIn(wrong, text)
		self.shot("skipped")

	def test_one_event_is_resolved_and_taken_up_again(self):
		name = self.refused("No such group")[0]
		self.desk.open(f"/app/sync-log/{name}")
		self.desk.click("Resolve…")
		self.desk.fill("note", "Told them by phone")
		self.desk.click("Resolve", ".modal-footer button")
		self.desk.see("Resolved by a person")
		self.desk.see("Told them by phone")
		self.desk.click("Retry")
		self.desk.see("The event is queued again.")
		self.assertEqual(self.event(name=name).status, "Queued")

	def test_the_row_that_failed_is_opened(self):
		self.flow.reload()
		self.flow.rows[1].required = 1
		self.flow.save()
		doc = make.brand("")
		self.deliver()
		event = self.event(reference_name=doc.name)
		self.assertEqual((event.status, event.error[:5]), ("Failed", "Row 2"))
		self.desk.open(f"/app/sync-log/{event.name}")
		self.shot("mapping-error")
		self.desk.click("Open row 2 of the Flow")
		self.desk.until(
			lambda: self.desk.run("return cur_frm?.doctype === 'Field Mapping' && !!cur_frm.cur_grid"),
			"the row",
		)
		self.assertEqual(self.desk.run("return cur_frm.cur_grid.doc.idx"), 2)
		self.shot("row")
