/** Loads a list anew after its rows were changed: Frappe drops a refresh that asks the same within three seconds. */
export function reload_list(listview) {
	listview.last_args = null;
	return listview.refresh();
}
