erp_connect.protect("Sync Alert");

frappe.listview_settings["Sync Alert"] = {
	add_fields: ["status", "integration"],
	hide_name_column: true,

	get_indicator({ status }) {
		return [__(status), status === "Open" ? "red" : "green", `status,=,${status}`];
	},

	formatters: {
		kind: (value, df, doc) => erp_connect.with_account(__(value), doc),
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Alerts"));
		listview.page.wrapper.addClass("erp-connect-titles");
	},
};
