// What the forms of a pull and of a load show alike: where it stands, what to look at besides, and that live.

import { html } from "../shared/html";
import { left_links } from "./left";

const EVERY_MS = 5000;

/** The indicator, and below it what a person should know. status: [colour, label]. left: see `left_of`. */
export function show_status(frm, [colour, label], left = []) {
	const { error } = frm.doc;
	frm.page.set_indicator(label, colour);
	if (error || left.length)
		frm.dashboard.set_headline(String(html`<span>${error || left_links(left)}</span>`), colour);
	else frm.dashboard.clear_headline();
}

/** Buttons to the flow and to its events. event: of the rows that tell of failures. */
export function add_links(frm, event) {
	const flow = frm.doc.field_mapping;
	frm.add_custom_button(__("Flow"), () => frappe.set_route("Form", "Field Mapping", flow));
	frm.add_custom_button(__("Events"), () =>
		frappe.set_route("List", "Sync Log", { field_mapping: flow, event: ["in", ["pull", event]] })
	);
}

/** Draws the form anew while it goes on. */
export function watch(frm) {
	clearTimeout(frm.erp_connect_timer);
	if (!erp_connect.states.pull_runs(frm.doc)) return;
	const name = frm.docname;
	frm.erp_connect_timer = setTimeout(() => {
		if (cur_frm === frm && frm.docname === name) frm.reload_doc();
	}, EVERY_MS);
}
