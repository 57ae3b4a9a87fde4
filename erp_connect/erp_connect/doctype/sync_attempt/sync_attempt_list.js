frappe.listview_settings["Sync Attempt"] = {
	onload(listview) {
		erp_connect.head_list(listview, __("Attempts"));
	},
};
