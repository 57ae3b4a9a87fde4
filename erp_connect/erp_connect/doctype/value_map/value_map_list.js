frappe.listview_settings["Value Map"] = {
	hide_name_column: true,

	onload(listview) {
		erp_connect.head_list(listview, __("Value Maps"));
	},
};
