import { load } from "./load";

/** Heads a list with the word for its rows, of which Frappe shows the name of the DocType; and fits it to phones. */
export function head_list(listview, title) {
	listview.page_title = title;
	listview.page.set_title(title, null, true, "", listview.meta?.description);
	listview.page.wrapper.addClass("erp-connect-list");
	load("list");
}

/** The title of a row, with its account on a phone, where no other column is shown. */
export function with_account(title, { integration }) {
	return frappe.is_mobile() && integration ? `${title} · ${integration}` : title;
}

/** Loads a list anew after its rows were changed: Frappe drops a refresh that asks the same within three seconds. */
export function reload_list(listview) {
	listview.last_args = null;
	return listview.refresh();
}
