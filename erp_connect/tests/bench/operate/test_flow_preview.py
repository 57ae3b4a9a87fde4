"""**Preview All**: what a flow would send for all its documents, without sending or keeping anything."""

from __future__ import annotations

from types import SimpleNamespace

import frappe

from erp_connect.api import exemptions, flows
from erp_connect.config import account as accounts
from erp_connect.config.flow import load as load_flow
from erp_connect.operate import flow_preview
from erp_connect.outbound import backfill
from erp_connect.reconcile import inside
from erp_connect.records import exempt
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestFlowPreview(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.flow = make.brand_flow()
		self.mark = make.unique("All")
		self.commit()

	def brand(self, text: str):
		name = make.unique(self.mark)
		return frappe.get_doc({"doctype": "Brand", "brand": name, "description": text}).insert()

	def shown(self, **how) -> dict[str, dict]:
		filters = frappe.as_json([["name", "like", f"{self.mark}%"]])
		found, after = {}, ""
		while True:
			page = flows.preview_page(self.flow.name, filters, after, **how)
			found |= {one["name"]: one for one in page["documents"]}
			if "total" in page:
				self.total = page["total"]
			if not (after := page["next"]):
				return found

	def test_each_document_is_told_and_nothing_goes_out(self):
		sent, changed, jumps, gone, new = (self.brand(text) for text in ("a", "b", "10.00", "d", "e"))
		self.commit()
		self.deliver()
		arrived, kept = len(self.arrived()), self.count_of_all()
		for doc, text in ((changed, "other"), (jumps, "19.00")):
			frappe.db.set_value("Brand", doc.name, "description", text)
		frappe.db.delete("Sync Link", {"document_name": new.name})
		exemptions.exempt(make.ACCOUNT, "Brand", [gone.name], "Skip")
		self.commit()
		found = self.shown(limit=20)
		self.assertEqual(self.total, 5)
		wanted = {
			sent.name: "nothing_changed", changed.name: "update", jumps.name: "update",
			gone.name: exempt.OUTCOME, new.name: "create",
		}  # fmt: skip
		self.assertEqual({name: one["outcome"] for name, one in found.items()}, wanted)
		(change,) = found[jumps.name]["changes"]
		self.assertEqual((change["old"], change["new"], change["jump"]), ("10.00", "19.00", True))
		self.assertEqual([one["jump"] for one in found[changed.name]["changes"]], [False])
		self.assertEqual([one["jump"] for one in self.shown(limit=95)[jumps.name]["changes"]], [False])
		frappe.db.rollback()
		self.assertEqual((len(self.arrived()), self.count_of_all()), (arrived, kept))

	def count_of_all(self) -> list[int]:
		return [frappe.db.count(doctype) for doctype in ("Sync Log", "Sync Attempt")]

	def test_pages_follow_each_other_and_one_that_fails_stops_nobody(self):
		flow_preview_page, flow_preview.PAGE = flow_preview.PAGE, 2
		self.addCleanup(setattr, flow_preview, "PAGE", flow_preview_page)
		brands = [self.brand(str(number)) for number in range(4)]
		frappe.db.set_value("Brand", brands[1].name, "description", None)
		row = next(one for one in self.flow.rows if one.source == "description")
		row.required = 1
		self.flow.save()
		self.commit()
		found = self.shown()
		self.assertEqual(list(found), sorted(one.name for one in brands))
		self.assertEqual([one["outcome"] for one in found.values()].count("create"), 3)
		failed = found[brands[1].name]
		self.assertEqual(failed["outcome"], "fails")
		self.assertIn("description", failed["error"])

	def test_what_was_sent_and_is_no_longer_kept_is_not_called_new(self):
		brand = self.brand("a")
		self.commit()
		self.deliver()
		frappe.db.set_value("Sync Log", {"reference_name": brand.name}, "request_body", None)
		frappe.db.set_value("Brand", brand.name, "description", "b")
		self.commit()
		found = self.shown()[brand.name]
		self.assertEqual((found["outcome"], found["compared"]), ("update", False))

	def test_what_it_tells_is_what_sending_them_does(self):
		"""Of documents that are sent, stopped in each way, or fail: the outcome of their event is what was told."""
		self.flow.condition = "image != '/out.png'"
		self.flow.rows[1].required = 1
		rows = sorted(self.flow.requests, key=lambda row: row.event)  # what is said of deletions stands first
		for place, row in enumerate(rows, 1):
			row.idx = place
		self.flow.set("requests", [row for row in rows if row.event != "Update"])
		self.flow.save()
		texts = {"sent": "a", "gone": "b", "bare": None, "out": None, "exempt": None}
		brands = {kind: self.brand(text) for kind, text in texts.items()}
		frappe.db.set_value("Brand", brands["out"].name, "image", "/out.png")
		link = make.link("Brand", brands["gone"].name, "brand", "17")
		frappe.db.set_value("Sync Link", link.name, "gone_at", frappe.utils.now())
		exemptions.exempt(make.ACCOUNT, "Brand", [brands["exempt"].name], "Skip")
		self.commit()
		self.deliver()
		told = {one["name"]: one["outcome"] for one in self.shown().values()}
		filters = frappe.as_json([["name", "like", f"{self.mark}%"]])
		flows.start_backfill(self.flow.name, filters)
		self.commit()
		backfill.run(frappe.get_last_doc("Sync Backfill").name)
		self.deliver()
		self.assertEqual(told, {doc.name: self.outcome(doc) for doc in brands.values()})

	def test_a_document_in_a_state_for_which_there_is_no_request_is_left_out_everywhere(self):
		"""A flow that begins with the submission sends no draft, and nothing of an order that was cancelled."""
		customer, code = make.customer().name, make.item().name
		orders = [make.sales_order(customer, [(code, 1, 10)], submit=number > 0) for number in range(3)]
		orders[2].cancel()
		flow = make.flow(
			"Sales Order",
			[
				make.request("Submit", "POST", "/orders"),
				make.request("Cancel", "POST", "/orders/{external_id}/cancel", operation="Send"),
			],
			[make.row("name", "id")],
		)
		self.commit()
		filters = frappe.as_json([["name", "in", [order.name for order in orders]]])
		page = flows.preview_page(flow.name, filters)
		told = {one["name"]: one["outcome"] for one in page["documents"]}
		no_request = "no_request_for_event"
		self.assertEqual([told[order.name] for order in orders], [no_request, "create", no_request])
		sides = SimpleNamespace(outward=load_flow(flow.name), account=accounts.load(flow.integration))
		wanted = [inside.wanted_outside(sides, order, None)[0] for order in orders]
		self.assertEqual(wanted, [False, True, False])
		flows.start_backfill(flow.name, filters)
		self.commit()
		backfill.run(frappe.get_last_doc("Sync Backfill").name)
		self.deliver()
		self.assertEqual({order.name: self.outcome(order) for order in orders}, told)
		self.assert_arrived(1)

	def outcome(self, doc) -> str:
		row = frappe.get_last_doc("Sync Log", {"reference_name": doc.name})
		if row.status == "Delivered":
			return row.operation.lower()
		return flow_preview.FAILS if row.status == "Failed" else row.outcome
