erp_connect.protect("Webhook Subscription");

frappe.listview_settings["Webhook Subscription"] = {
	add_fields: ["status"],
	hide_name_column: true,

	get_indicator({ status }) {
		return [__(status), status === "Failed" ? "red" : "green", `status,=,${status}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Webhooks"));
	},
};
