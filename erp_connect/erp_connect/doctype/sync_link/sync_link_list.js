erp_connect.protect("Sync Link");

frappe.listview_settings["Sync Link"] = {
	hide_name_column: true,

	onload(listview) {
		erp_connect.head_list(listview, __("Links"));
		if (!erp_connect.may_link()) return;
		listview.page.add_actions_menu_item(__("Skip or Pin…"), () => skip_or_pin(listview), true);
		listview.page.add_inner_button(__("Link…"), () =>
			erp_connect.open_link({ done: () => erp_connect.reload_list(listview) })
		);
	},
};

async function skip_or_pin(listview) {
	await erp_connect.load("document_actions");
	erp_connect.exempt_rows(listview);
}
