"""The screens of Desk as people use them, in a real browser, with hostile text in everything from outside."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import frappe

from erp_connect.config.exchange_format import export
from erp_connect.outbound import backfill as backfills
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase
from erp_connect.tests.fakes.fault_server import Reply

# Calls for the section "Sync" since the page was loaded.
CALLS = (
	"return performance.getEntries().filter((entry) => entry.name.includes('events.document_state')).length"
)


class TestDesk(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(
			self.receiver.url(),
			test_path="/ping",
			error_expression="error",
			signing_secret="whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
		)
		make.brand_flow(external_url_expression="url")
		self.commit()

	def delivered(self, answer: dict | None = None):
		self.receiver.script("/brands", Reply(201, answer or {"id": "B-1"}))
		return self._sent()

	def refused(self):
		self.receiver.script("/brands", Reply(422, {"error": f"No {EVIL}"}, headers={"X-Evil": EVIL}))
		return self._sent()

	def _sent(self):
		doc = make.brand()
		self.deliver()
		return doc

	def open_event(self, doc) -> str:
		name = self.event(reference_name=doc.name).name
		self.desk.open(f"/app/sync-log/{name}")
		return name

	def test_the_workspace_counts_what_is_to_do(self):
		self.refused()
		self.desk.open("/app/erp-connect")
		for text in ("1 to repair", "1 switched on", "Events by Day", "Links"):
			self.desk.see(text)

	def test_an_account_tells_how_it_is_doing(self):
		self.refused()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Status", ".nav-link")
		self.desk.see("Last failure said")
		self.desk.see(SHOWN)
		self.desk.click("Test Connection")
		self.desk.see("Connected: status 200.")
		self.assertIn(f"GET {self.receiver.url('/ping')}", self.desk.text())

	def test_an_account_that_leads_elsewhere_asks_for_its_links(self):
		self.delivered()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		shown = "return cur_frm.fields_dict.links_when_moved.$wrapper.is(':visible')"
		self.assertFalse(self.desk.run(shown))
		self.desk.run("cur_frm.set_value('base_url', 'https://example.com')")
		self.desk.until(lambda: self.desk.run(shown), "the choice")
		self.desk.run("cur_frm.save()")
		self.desk.see("Is it the same system?")
		self.assertIn("417", "".join(self.desk.errors()))
		self.shot("links-after-the-move")
		self.desk.run("cur_frm.set_value('links_when_moved', 'Keep').then(() => cur_frm.save())")
		self.wait_for(
			lambda: (
				frappe.db.get_value("Integration Settings", make.ACCOUNT, "base_url") == "https://example.com"
			)
		)
		self.assertEqual(len(self.links()), 1)

	def test_each_check_of_a_connection_says_what_to_do(self):
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		call = {"called": "GET https://x.example/me", "status": 200, "milliseconds": 7}
		checks = [
			{
				**call,
				"title": "The key is right",
				"ok": True,
				"message": "Connected: status 200.",
				"advice": "",
			},
			{**call, "title": EVIL, "ok": False, "message": "Not so.", "advice": "Give it the right."},
			{"title": "Stock", "ok": None, "message": "Not called, since the one before it failed."},
		]
		self.desk.until(
			lambda: self.desk.run("return !!window.erp_connect?.show_connection_test"), "the form's scripts"
		)
		self.desk.run("erp_connect.show_connection_test({ ok: false, checks: arguments[0] })", checks)
		self.desk.see("Not connected")
		for text in ("The key is right", "Give it the right.", "Not called, since", SHOWN):
			self.desk.see(text)
		self.shot("checks")

	def test_an_account_is_paused_and_resumed(self):
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.choose("Actions", "Pause")
		self.desk.fill("reason", EVIL)
		self.desk.click("Pause", ".modal-footer button")
		self.desk.see("Press Resume to send them")
		self.desk.see(SHOWN)
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		self.desk.click("Status", ".nav-link")
		self.desk.see("Failures in a row")
		self.assertNotIn("Flowing", self.desk.text())
		self.shot("paused")
		self.desk.click("Resume")
		self.desk.until(lambda: "Press Resume" not in self.desk.text(), "the headline to go")
		frappe.db.rollback()
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))

	def test_a_new_signing_secret_is_shown_once(self):
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.choose("Actions", "New Signing Secret")
		self.desk.click("Yes", ".modal-footer button")
		self.desk.see("It is shown this once.")
		shown = self.desk.run(
			"return document.querySelector('.modal.show [data-fieldname=secret] .like-disabled-input').innerText"
		)
		frappe.db.rollback()
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertEqual(doc.get_password("signing_secret"), shown)
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.assertNotIn(shown, self.desk.run("return document.documentElement.innerHTML"))

	def test_a_preset_fills_a_new_account(self):
		self.desk.open("/app/integration-settings/new")
		self.desk.run("return cur_frm.set_value('system', 'ERPNext')")
		self.desk.until(lambda: self.desk.run("return cur_frm.doc.auth_type") == "Frappe Token", "the preset")
		self.desk.settle()

	def test_a_flow_is_previewed_with_its_unsaved_values(self):
		doc = self.delivered()
		frappe.db.set_value("Brand", doc.name, "description", EVIL)
		self.commit()
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.run(
			"frappe.model.set_value('Field Mapping Row', cur_frm.doc.rows[1].name, 'target', 'note')"
		)
		self.desk.click("Preview", ".inner-group-button button, .page-actions button")
		self.desk.fill("document", doc.name)
		self.desk.see("This would be sent.")
		self.desk.see(f"PUT {self.receiver.url('/brands/B-1')}")
		for text in (SHOWN, '"note":', "Against what was last delivered"):
			self.desk.see(text)
		self.assertEqual(len(self.arrived()), 1)
		self.assertEqual(frappe.get_doc("Field Mapping", "Test Brand").rows[1].target, "text")

	def test_all_documents_of_a_flow_are_previewed(self):
		doc = self.delivered()
		frappe.db.set_value("Brand", doc.name, "description", f"<b>other</b>{EVIL}")
		new = make.brand("new one")
		self.commit()
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.click("Preview All", ".inner-group-button button, .page-actions button")
		self.desk.see("Nothing is sent and nothing is saved.")
		self.desk.until(lambda: self.desk.run("return !!window.cur_dialog?.filter_group"), "the dialog")
		chosen = f"'Brand', 'name', 'in', '{doc.name},{new.name}'"
		self.desk.run(f"cur_dialog.filter_group.add_filters_to_filter_group([[{chosen}]])")
		self.desk.until(
			lambda: self.desk.run("return !!cur_dialog.filter_group.get_filters().length"), "a filter"
		)
		self.desk.click("Preview", ".modal-footer button")
		self.desk.see("2 of 2 documents looked at. Nothing is sent.")
		for outcome in ("create", "update"):
			press = (
				f"const one = document.querySelector('[data-outcome={outcome}]'); one?.click(); return !!one"
			)
			self.desk.until(lambda press=press: self.desk.run(press), f"documents that {outcome}")
		self.desk.see("→ <b>other</b>")
		self.shot("preview-all")
		self.desk.click("Skip or Pin…", ".modal-body button")
		self.desk.see("Holds until it is taken back")
		self.assertEqual(len(self.arrived()), 1)

	def test_a_preview_says_why_nothing_would_be_sent(self):
		doc = self.delivered()
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.click("Preview", ".inner-group-button button, .page-actions button")
		self.desk.fill("document", doc.name)
		self.desk.see("no mapped field has changed")

	def test_steps_and_what_is_written_back_are_shown(self):
		doc = frappe.get_doc("Field Mapping", "Test Brand")
		step = {"event": "Insert", "operation": "Step", "method": "POST", "step": "label"}
		doc.append(
			"requests",
			{**step, "path": "/labels/{_steps.request.id}", "condition": "description", "body": "{n: name}"},
		)
		doc.append("write_back", {"fieldname": "description", "value": "_steps.label.tracking"})
		doc.save()
		self.commit()
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.until(lambda: self.desk.run("return window.cur_frm?.doc?.name") == "Test Brand", "the form")
		self.desk.run("cur_frm.layout.tabs.find((tab) => tab.df.fieldname === 'requests_tab').set_active()")
		self.desk.run("cur_frm.get_field('requests').grid.grid_rows.at(-1).toggle_view(true)")
		self.desk.see("Step name")
		self.desk.see("Of a step, empty: no body")
		self.shot("step")
		self.desk.run("cur_frm.get_field('requests').grid.grid_rows.at(-1).toggle_view(false)")
		self.shot("steps")
		self.desk.run(
			"cur_frm.layout.tabs.find((tab) => tab.df.fieldname === 'answer_tab').set_active(); cur_frm.scroll_to_field('write_back')"
		)
		self.shot("write-back")
		make.brand("told")
		self.commit()
		self.desk.click("Preview", ".inner-group-button button, .page-actions button")
		self.desk.see("Then written back into the document")
		self.desk.see("/labels/{_steps.request.id}")
		self.shot("preview-of-steps")

	def test_a_new_flow_begins_with_sensible_requests(self):
		self.desk.open(f"/app/field-mapping/new?integration={make.ACCOUNT}")
		self.desk.until(lambda: self.desk.run("return !!window.cur_frm"), "a form")
		self.desk.run("return cur_frm.set_value('document_type', 'Item')")
		self.desk.until(lambda: self.desk.run("return cur_frm.doc.requests?.length === 2"), "two requests")
		self.desk.settle()
		rows = self.desk.run("return cur_frm.doc.requests.map((row) => [row.event, row.method, row.path])")
		self.assertEqual(
			rows,
			[
				["Insert", "POST", "/item"],
				["Update", "PUT", "/item/{external_id}"],
			],
		)
		self.assertEqual(self.desk.run("return cur_frm.doc.enabled"), 0)
		offered = (
			"return cur_frm.get_field('rows').grid.get_docfield(arguments[0]).options.map((o) => o.value)"
		)
		self.assertIn("Value Map", self.desk.run(offered, "transform"))
		fields = self.desk.run(offered, "source")
		self.assertTrue({"item_code", "uoms[].uom", "modified"} <= set(fields), fields)

	def test_an_expression_that_is_no_field_is_kept(self):
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.click("Fields", ".nav-link")
		self.desk.run("cur_frm.get_field('rows').grid.grid_rows[1].toggle_editable_row(true)")
		self.desk.settle()
		field = "cur_frm.get_field('rows').grid.grid_rows[1].columns.source.field"
		self.desk.run(f"{field}.$input.val('upper(description)').trigger('blur').trigger('change')")
		self.desk.settle()
		self.assertEqual(self.desk.run("return cur_frm.doc.rows[1].source"), "upper(description)")

	def type_source(self, *keys: str) -> str:
		"""Type into the second row's field of ERPNext, as at a keyboard; returns what it holds then."""
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.click("Fields", ".nav-link")
		self.desk.run("cur_frm.get_field('rows').grid.grid_rows[1].toggle_editable_row(true)")
		self.desk.settle()
		find = "return cur_frm.get_field('rows').grid.grid_rows[1].columns.source.field.input"
		cell = self.desk.run(find)
		self.desk.until(cell.is_displayed, "the cell")
		cell.clear()
		cell.send_keys(*keys)
		self.desk.settle()
		return self.desk.run("return cur_frm.doc.rows[1].source")

	def test_what_is_typed_stays_unless_a_suggestion_is_chosen(self):
		from selenium.webdriver.common.keys import Keys

		self.assertEqual(self.type_source("scrip", Keys.TAB), "scrip")
		self.assertEqual(self.type_source("scrip", Keys.DOWN, Keys.TAB), "description")

	def test_a_flow_is_exported_and_imported(self):
		content = export(frappe.get_doc("Field Mapping", "Test Brand"))
		self.desk.open("/app/field-mapping")
		self.desk.click("Import")
		self.desk.fill("integration", make.ACCOUNT)
		self.desk.fill("mapping_name", "Imported Brand")
		with tempfile.TemporaryDirectory() as folder:
			path = Path(folder, "flow.json")
			path.write_text(content)
			self.desk.driver.find_element("id", "erp-connect-import").send_keys(str(path))
			self.desk.click("Import", ".modal-footer button")
			self.desk.until(
				lambda: self.desk.run("return window.cur_frm?.docname === 'Imported Brand'"), "it"
			)
		self.desk.settle()
		doc = frappe.get_doc("Field Mapping", "Imported Brand")
		self.assertEqual((doc.enabled, doc.document_type, len(doc.requests)), (0, "Brand", 3))

	def test_existing_documents_are_sent(self):
		doc, *_ = make.brand(), make.brand(), make.brand()
		frappe.db.delete("Sync Log")
		self.commit()
		self.desk.open("/app/field-mapping/Test Brand")
		self.desk.choose("Actions", "Send Existing Documents")
		self.desk.see("documents match and were never sent.")
		filters = json.dumps([["Brand", "name", "=", doc.name]])
		self.desk.run("window.fltr.add_filters_to_filter_group(JSON.parse(arguments[0]))", filters)
		self.desk.until(lambda: self.desk.run("return window.fltr.get_filters().length === 1"), "the filter")
		self.desk.run("window.fltr.on_change()")
		self.desk.see("One document matches and was never sent.")
		make.link("Brand", doc.name, "brand", "B-77")
		self.commit()
		self.desk.fill("only_unlinked", 0)
		self.desk.see("One document matches.")
		self.desk.fill("only_unlinked", 1)
		self.desk.see("0 documents match and were never sent.")
		frappe.db.delete("Sync Link")
		self.commit()
		self.desk.click("Start", ".modal-footer button")
		self.desk.see("0 of 1 documents queued")
		backfill = frappe.get_last_doc("Sync Backfill")
		backfills.run(backfill.name)
		self.desk.see("1 of 1 documents queued")
		self.deliver()
		backfills.run(backfill.name)
		self.desk.see("Completed")
		self.assertEqual([row.reference_name for row in self.events(backfill=backfill.name)], [doc.name])

	def test_a_failed_event_is_retried_from_its_form(self):
		doc = self.refused()
		name = self.open_event(doc)
		self.desk.see("correct the document or the flow, then press Retry.")
		self.desk.see_folded(SHOWN, "Attempt 1", "POST /brands", "X-Evil", '"error":')
		self.receiver.script("/brands", Reply(201, {"id": "B-2"}))
		self.desk.click("Retry")
		self.desk.see("The event is queued again.")
		self.assertEqual(self.event(name=name).status, "Queued")
		self.deliver()
		self.assertEqual(self.event(name=name).status, "Delivered")

	def test_selected_events_are_retried_from_the_list(self):
		self.refused(), self.refused()
		self.desk.open("/app/sync-log")
		self.desk.see("The other system refused")
		self.desk.run("document.querySelectorAll('.list-row-checkbox').forEach((box) => box.click())")
		self.desk.choose("Actions", "Retry")
		self.desk.see("2 of 2 events queued again.")
		self.assertEqual(self.statuses(), ["Queued", "Queued"])

	def test_all_events_that_match_are_retried(self):
		self.refused(), self.refused()
		self.desk.open("/app/sync-log?status=Failed")
		self.desk.see("The other system refused")
		self.desk.run("document.querySelector('.menu-btn-group:not(.hide) > button').click()")
		self.desk.click("Retry All That Match the Filters", ".menu-item-label")
		self.desk.see("of the 2 matching events")
		self.desk.click("Yes", ".modal-footer button")
		self.desk.see("2 events queued.")
		self.assertEqual(self.statuses(), ["Queued", "Queued"])

	def test_an_event_is_sent_again_with_an_edited_payload(self):
		doc = self.delivered()
		self.open_event(doc)
		self.desk.choose("Actions", "Replay with Edited Payload")
		self.desk.until(lambda: self.desk.run("return !!cur_dialog?.get_value('payload')"), "the payload")
		self.desk.fill("payload", '{"name": "edited"}')
		self.desk.click("Send", ".modal-footer button")
		self.desk.until(lambda: self.desk.run("return !!cur_frm?.doc.replay_of"), "the new event")
		self.deliver()
		self.assertEqual(self.arrived()[-1].json, {"name": "edited"})

	def test_what_outside_systems_answer_is_text_everywhere(self):
		doc = self.delivered({"id": f"B{EVIL}", "url": "javascript:window.pwned=3"})
		link = self.links()[0].name
		self.open_event(doc)
		self.desk.see(SHOWN)
		# As if an older version had stored it.
		frappe.db.set_value("Sync Link", link, "external_url", "javascript:window.pwned=4")
		frappe.db.set_value("Sync Log", {"reference_name": doc.name}, {"error": EVIL, "path": f"/{EVIL}"})
		self.commit()
		for path in (
			"/app/sync-log?status=Delivered",
			"/app/sync-log/view/report?status=Delivered",
			"/app/sync-link",
			"/app/sync-link/view/report",
			f"/app/sync-link/{link}",
			f"/app/brand/{doc.name}",
		):
			with self.subTest(path):
				self.assert_inert(path)

	def test_what_outside_systems_answer_is_not_printed(self):
		doc = self.delivered({"id": f"B{EVIL}"})
		frappe.db.set_value("Sync Log", {"reference_name": doc.name}, {"error": EVIL, "trace_id": EVIL[:60]})
		frappe.db.set_value(
			"Sync Attempt", {"integration": make.ACCOUNT}, {"error": EVIL, "response_body": EVIL}
		)
		self.commit()
		for doctype in ("Sync Log", "Sync Attempt", "Sync Link"):
			name = frappe.db.get_value(doctype, {"integration": make.ACCOUNT})
			with self.subTest(doctype):
				self.desk.driver.get(f"{self.desk.url}/printview?doctype={doctype}&name={name}")
				self.desk.see(frappe._(doctype, "en"))
				self.assertNotIn("window.pwned", self.desk.run("return document.body.innerHTML"))
				self.assertEqual(self.desk.run("return document.querySelectorAll('img[src=x]').length"), 0)

	def test_a_document_shows_where_it_is_linked(self):
		doc = self.delivered({"id": "B-77", "url": "https://shop.example.com/b/77"})
		self.desk.open(f"/app/brand/{doc.name}")
		self.desk.see("Show all events of this document")
		for text in (make.ACCOUNT, "B-77", "Delivered"):
			self.desk.see(text)
		# Beside the form, and in its section.
		links = self.desk.run(
			"return [...document.querySelectorAll('a[href^=\"https://shop.example.com\"]')].map((a) => a.rel)"
		)
		self.assertEqual(links, ["noopener noreferrer"] * 2)
		self.assertEqual(self.desk.run(CALLS), 1)

	def test_a_document_without_a_flow_makes_no_call(self):
		name = frappe.db.get_value("Item Group", {"is_group": 0})
		self.desk.open(f"/app/item-group/{name}")
		self.desk.see(name)
		self.assertEqual(self.desk.run("return frappe.boot.erp_connect.doctypes"), ["Brand"])
		self.assertEqual(self.desk.run(CALLS), 0)

	def test_an_integration_user_sees_and_retries_but_does_not_configure(self):
		doc = self.refused()
		self.as_user()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Status", ".nav-link")
		self.desk.see("Last failure said")
		self.assertNotIn("Test Connection", self.buttons())
		self.desk.open("/app/field-mapping/Test Brand")
		self.assertNotIn("Preview", self.buttons())
		self.desk.open("/app/erp-connect")
		self.desk.see("1 to repair")
		name = self.open_event(doc)
		self.desk.click("Retry")
		self.desk.see("The event is queued again.")
		self.assertEqual(self.event(name=name).status, "Queued")
