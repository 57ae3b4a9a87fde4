// A record of which it is not clear which document it is: choose one of them, merge them, choose another, or make a new one.

import { act, call } from "../shared/events";
import { form_link, html, muted, table } from "../shared/html";
import { readable } from "../shared/values";
import { button, on_press } from "./buttons";
import { open_merge } from "./merge";

export async function show_match(desk, item, $choice, is_current) {
	const found = await call("review.match", { event: item.name });
	if (!is_current() || !found.document_type) return;
	$choice.html(String(body(found)));
	on_press($choice, {
		link: () => link_chosen(desk, item, found, $choice),
		merge: () => merge_into_chosen(desk, item, found, $choice),
		other: () => erp_connect.open_link({ event: item.name, done: desk.reload }),
		create: () => create(item, found),
	});
}

function body(found) {
	const { document_type, candidates, merges } = found;
	return html`${candidates.length ? choices(found) : muted(__("None of the documents that fit may be seen by you."))}
		<p class="mt-2 mb-0">
			${candidates.length && button("link", __("Link and Retry"), "primary")}
			${candidates.length > 1 && merges && button("merge", __("Merge…"))}
			${button("other", __("Another {0}…", [__(document_type)]))}
			${frappe.model.can_create(document_type) && button("create", __("Create a New {0}…", [__(document_type)]))}
		</p>`;
}

/** The record beside the documents that it may be; what differs is bold. */
function choices({ document_type, values, labels, candidates }) {
	const fields = Object.keys(labels).filter((field) => candidates.some((one) => field in one));
	const same = (field, one) => String(one[field] ?? "") === String(values[field] ?? "");
	const cell = (field, one) => (same(field, one) ? readable(one[field]) : html`<b>${readable(one[field])}</b>`);
	return table(
		[
			"",
			__("Record"),
			...candidates.map(
				(one, place) => html`<label class="mb-0">
					<input type="radio" name="erp-connect-candidate" class="mr-1" value="${one.name}" />
					${place < 9 && html`<kbd class="small" aria-hidden="true">${place + 1}</kbd>`}
					${form_link(document_type, one.name)}
				</label>`
			),
		],
		fields.map((field) => [
			html`<span class="text-muted">${labels[field]}</span>`,
			readable(values[field]),
			...candidates.map((one) => cell(field, one)),
		])
	);
}

/** The document that a person has chosen; nothing, and a word about it, where none is. */
function chosen($choice) {
	const name = $choice.find("input:checked").val();
	if (!name) frappe.show_alert({ message: __("Choose one of the documents first."), indicator: "orange" });
	return name;
}

function merge_into_chosen(desk, item, found, $choice) {
	const stays = chosen($choice);
	if (stays) open_merge(item, found, stays, desk.reload);
}

async function link_chosen(desk, item, found, $choice) {
	const document_name = chosen($choice);
	if (!document_name) return;
	await link(item, found, document_name);
	await act("retry", [item.name]);
	desk.reload();
}

function link(item, { document_type, remote_entity, external_id }, document_name) {
	if (!external_id) frappe.throw(__("The record has no id outside. Name it in the flow first (External id)."));
	const args = { integration: item.integration, remote_entity, external_id, document_type, document_name };
	return call("links.link", args, { freeze: true });
}

/** Opens a new document with the record's values; once it is saved, it is linked and the event is tried again. */
async function create(item, found) {
	const { document_type, values } = found;
	await frappe.model.with_doctype(document_type);
	const doc = frappe.model.get_new_doc(document_type, null, null, true);
	Object.assign(doc, values);
	// The form of a DocType is one for all of its documents: `here` while it shows this one, which is linked once.
	let waits = true;
	let here = false;
	frappe.ui.form.on(document_type, "refresh", (frm) => {
		here = frm.docname === doc.name;
	});
	frappe.ui.form.on(document_type, "after_save", async (frm) => {
		if (!waits || !here) return;
		waits = false;
		await link(item, found, frm.docname);
		await act("retry", [item.name]);
	});
	frappe.set_route("Form", document_type, doc.name);
}
