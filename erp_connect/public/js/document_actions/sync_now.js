// Sends a document now.

import { call } from "../shared/events";

/** Sends this document by each flow that takes it. */
export async function sync_now(frm, flows) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save first: what is saved is sent."));
	const filters = JSON.stringify([["name", "=", frm.docname]]);
	for (const mapping of flows) await call("flows.start_backfill", { mapping, filters });
	const message = __("Queued by {0}. How it went stands in the section Sync.", [flows.join(", ")]);
	frappe.show_alert({ message: frappe.utils.escape_html(message), indicator: "blue" });
}
