erp_connect.protect("Sync Alert");

frappe.listview_settings["Sync Alert"] = {
	add_fields: ["status"],
	hide_name_column: true,

	get_indicator({ status }) {
		return [__(status), status === "Open" ? "red" : "green", `status,=,${status}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Alerts"));
	},
};
