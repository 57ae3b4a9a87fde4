/** Heads a list with the word for its rows, of which Frappe shows the name of the DocType. */
export function head_list(listview, title) {
	listview.page_title = title;
	listview.page.set_title(title, null, true, "", listview.meta?.description);
}

/** Loads a list anew after its rows were changed: Frappe drops a refresh that asks the same within three seconds. */
export function reload_list(listview) {
	listview.last_args = null;
	return listview.refresh();
}
