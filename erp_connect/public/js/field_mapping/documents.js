// Which documents here a pull asks for, one by one: filters as in a list, kept as JSON in a hidden field.

import { html } from "../shared/html";

/** Draws the filters of the chosen DocType into the form. */
export async function show_documents(frm) {
	const area = frm.get_field("parent_filter_area").$wrapper.empty();
	const { parent_doctype } = frm.doc;
	if (!parent_doctype) return;
	await new Promise((resolve) => frappe.model.with_doctype(parent_doctype, resolve));
	if (frm.doc.parent_doctype !== parent_doctype) return; // another one was chosen meanwhile
	area.html(String(html`<label class="control-label">${__("Which documents")}</label><div class="mb-4"></div>`));
	const group = new frappe.ui.FilterGroup({
		parent: area.find("div").last(),
		doctype: parent_doctype,
		on_change: () => keep(frm, group),
	});
	await group.add_filters_to_filter_group(kept(frm));
	if (!frm.perm?.[0]?.write) area.find("button, input, select, a").prop("disabled", true);
}

function kept(frm) {
	try {
		return JSON.parse(frm.doc.parent_filters || "[]");
	} catch {
		return []; // the save says that they are damaged
	}
}

function keep(frm, group) {
	const chosen = JSON.stringify(group.get_filters().map((filter) => filter.slice(0, 4)));
	if (chosen !== JSON.stringify(kept(frm))) frm.set_value("parent_filters", chosen);
}
