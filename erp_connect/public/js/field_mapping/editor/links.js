// A link of the document type, opened in the tree: outwards the fields of the linked document, inwards what a record may name it by.

import { call } from "../../shared/events";
import { html } from "../../shared/html";
import { flat } from "./trees";

/** Fills the branch of a link. What is chosen in it is known to `chosen_row`. */
export async function open_link(frm, details) {
	if (!details.open || details.dataset.filled) return;
	details.dataset.filled = "1";
	const { link, field } = details.dataset;
	const readable = frappe.model.can_read(link);
	const options = readable ? await call("flows.field_options", { document_type: link }) : [];
	const $inner = $(details).find("> div");
	if (frm.doc.direction === "Incoming") {
		$inner.html(String(ways_in(frm, link, field, options)));
		return;
	}
	if (!readable) {
		$inner.html(String(html`<p class="text-muted small mb-1">${closed(link)}</p>`));
		return;
	}
	const [name, table] = field.split(".").reverse();
	const alias = `${name}_doc`;
	const prefix = table ? `${table}.${alias}` : alias;
	const leaves = options
		.filter(({ value }) => !value.includes("[]"))
		.map((option) => leaf(`${prefix}.${option.value}`, option));
	$inner.html(String(flat(leaves, "here", frm.erp_connect_chosen.here)));
	$inner.on("click", "[data-path]", () => know_link(frm, table ? `${table.replace("[]", "")}.${name}` : name, alias));
}

function closed(link) {
	return __("You may not read {0}, so its fields are not shown.", [__(link)]);
}

/** The columns of the row for what was chosen on the side of ERPNext. */
export function chosen_row(frm, path) {
	return frm.erp_connect_ways?.[path] || { source: path };
}

function leaf(path, { value, label, type }) {
	return { path, label: value, note: [label, __(type)].filter(Boolean).join(" · ") };
}

/** A record writes into the link, never into the document behind it: so its fields are what that document is found by. */
function ways_in(frm, link, field, options) {
	const ways = (frm.erp_connect_ways ??= {});
	const way = (transform, argument, option) => {
		const path = `${field}: ${argument}`;
		ways[path] = { source: field, transform, argument };
		return leaf(path, option);
	};
	const leaves = [
		way("External ID", link, { value: __("External ID"), label: __("its id outside, as it is linked") }),
		...options
			.filter(({ looked_up }) => looked_up)
			.map((option) => way("Lookup", `${link}.${option.value}`, option)),
	];
	return html`<p class="text-muted small mb-1">
			${__("Choose {0} itself where a record has the name it has here. Otherwise choose what a record has of it:", [
				field.split(".").pop(),
			])}
		</p>
		${frappe.model.can_read(link) ? "" : html`<p class="text-muted small mb-1">${closed(link)}</p>`}
		${flat(leaves, "here", frm.erp_connect_chosen.here)}`;
}

function know_link(frm, link_field, alias) {
	if ((frm.doc.linked_documents || []).some((row) => row.link_field === link_field)) return;
	frm.add_child("linked_documents", { link_field, alias });
	frm.refresh_field("linked_documents");
}
