erp_connect.protect("Sync Difference");

frappe.listview_settings["Sync Difference"] = {
	add_fields: ["status", "document_type", "external_id"],
	hide_name_column: true,

	get_indicator(doc) {
		return [__(doc.status), erp_connect.states.difference_colour(doc.status), `status,=,${doc.status}`];
	},

	formatters: {
		// What is missing here has no document, but an id. In an element: the list of Frappe 16 measures it by jQuery,
		// which takes bare text for a selector.
		document_name: (value, df, doc) => `<span>${erp_connect.inert(value || doc.external_id || "")}</span>`,
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Differences"));
		if (!frappe.model.can_write("Field Mapping")) return;
		const labels = {
			policy: __("Repair"),
			here: __("Take ERPNext"),
			there: __("Take Outside"),
			ignore: __("Ignore"),
		};
		for (const [side, label] of Object.entries(labels))
			listview.page.add_actions_menu_item(label, () => repair_selected(listview, side), true);
	},
};

async function repair_selected(listview, side) {
	await erp_connect.load("comparison");
	erp_connect.differences.repair(listview.get_checked_items(true), side, () => {
		listview.clear_checked_items();
		erp_connect.reload_list(listview);
	});
}
