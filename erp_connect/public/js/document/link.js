// The entry “Link with a Record Outside…” of documents, for those who may steer accounts.

import { load } from "./load";

const MANAGERS = ["Integration Manager", "System Manager"];

export function may_link() {
	return frappe.user.has_role(MANAGERS);
}

/** Opens the dialog, whose script is loaded then. Arguments as of `link_dialog`. */
export async function open_link(options) {
	await load("link");
	return erp_connect.link_dialog(options);
}

/** Adds the entry to the menu of a document's form. */
export function add_link_entry(frm) {
	if (!may_link()) return;
	frm.page.add_menu_item(__("Link with a Record Outside…"), () =>
		open_link({
			known: { document_type: frm.doctype, document_name: frm.docname },
			done: () => frm.reload_doc(),
		})
	);
}
