erp_connect.protect("Sync Exemption");

frappe.listview_settings["Sync Exemption"] = {
	add_fields: ["rule"],
	hide_name_column: true,

	get_indicator(doc) {
		return [erp_connect.states.exemption_label(doc.rule), "orange", `rule,=,${doc.rule}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Skipped and Pinned"));
		if (!erp_connect.may_link()) return;
		listview.page.add_actions_menu_item(__("Take Back"), () => take_back(listview), true);
	},
};

async function take_back(listview) {
	await erp_connect.load("document_actions");
	await erp_connect.take_back(listview.get_checked_items(true));
	listview.clear_checked_items();
	erp_connect.reload_list(listview);
}
