frappe.listview_settings["Alert Receiver"] = {
	hide_name_column: true,

	onload(listview) {
		erp_connect.head_list(listview, __("Alert Receivers"));
	},
};
