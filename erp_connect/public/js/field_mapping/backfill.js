// The dialog behind "Send existing documents" of a flow.

import { counted } from "../shared/counted";
import { call } from "../shared/events";
import { html } from "../shared/html";

export async function open_backfill(frm) {
	if (frm.is_dirty()) frappe.throw(__("Save the flow first."));
	if (!frm.doc.enabled) frappe.throw(__("Switch the flow on first: tick Enabled in it."));
	const { document_type } = frm.doc;
	await new Promise((resolve) => frappe.model.with_doctype(document_type, resolve));
	let group;
	const dialog = erp_connect.dialog({
		title: __("Send existing documents"),
		fields: [
			{ fieldname: "filter_label", fieldtype: "HTML", options: filter_label(document_type) },
			{ fieldname: "filter_area", fieldtype: "HTML" },
			{
				fieldname: "only_unlinked",
				fieldtype: "Check",
				label: __("Only documents that were never sent"),
				default: 1,
				onchange: () => group && count(frm, dialog, group),
			},
			{ fieldname: "count", fieldtype: "HTML" },
		],
		primary_action_label: __("Start"),
		primary_action: () => start(frm, dialog, group),
	});
	group = new frappe.ui.FilterGroup({
		parent: dialog.get_field("filter_area").$wrapper,
		doctype: document_type,
		on_change: () => count(frm, dialog, group),
	});
	dialog.show();
	count(frm, dialog, group);
}

function filter_label(document_type) {
	return String(
		html`<p>${__("Which documents of type {0}? Without a filter: all.", [__(document_type)])}</p>`
	);
}

function chosen(group) {
	return group.get_filters().map((filter) => filter.slice(0, 4));
}

async function count(frm, dialog, group) {
	const asked = asked_for(frm, dialog, group);
	const question = JSON.stringify(asked);
	dialog.erp_connect_question = question;
	const total = await call("flows.count_backfill", asked);
	if (dialog.erp_connect_question !== question) return; // another question was asked meanwhile
	const text = asked.only_unlinked
		? counted(
				total,
				__("One document matches and was never sent. It is sent in the background, after live changes."),
				__("{0} documents match and were never sent. They are sent in the background, after live changes.", [total])
		  )
		: counted(
				total,
				__("One document matches. It is sent in the background, after live changes."),
				__("{0} documents match. They are sent in the background, after live changes.", [total])
		  );
	dialog.get_field("count").html(String(html`<p class="text-muted small">${text}</p>`));
}

function asked_for(frm, dialog, group) {
	return {
		mapping: frm.docname,
		filters: JSON.stringify(chosen(group)),
		only_unlinked: dialog.get_value("only_unlinked"),
	};
}

async function start(frm, dialog, group) {
	const name = await call("flows.start_backfill", asked_for(frm, dialog, group), { freeze: true });
	dialog.hide();
	frappe.set_route("Form", "Sync Backfill", name);
}
