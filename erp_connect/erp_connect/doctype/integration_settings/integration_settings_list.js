frappe.listview_settings["Integration Settings"] = {
	add_fields: ["enabled", "paused", "environment"],

	onload(listview) {
		erp_connect.head_list(listview, __("Connected Accounts"));
		if (!frappe.model.can_create("Integration Settings")) return;
		listview.page.add_inner_button(__("Import"), import_account);
		listview.page.add_inner_button(__("Connect a System"), connect_system, null, "primary");
	},

	get_indicator(doc) {
		if (!doc.enabled) return [__("Switched off"), "gray", "enabled,=,0"];
		if (doc.paused) return [__("Paused"), "orange", "paused,=,1"];
		// Blue: that it is on does not say how it fares. The workspace does.
		return [__("Switched on"), "blue", "enabled,=,1|paused,=,0"];
	},
};

async function import_account() {
	await erp_connect.load("connect");
	erp_connect.import_account();
}

async function connect_system() {
	await erp_connect.load("connect");
	erp_connect.connect_system();
}
