frappe.listview_settings["Sync Backfill"] = {
	hide_name_column: true,
	get_indicator(doc) {
		const colours = {
			Draft: "gray",
			Running: "blue",
			Stopped: "orange",
			Completed: "green",
			Failed: "red",
		};
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Backfills"));
	},
};
