frappe.listview_settings["Field Mapping"] = {
	add_fields: ["enabled", "direction"],
	get_indicator(doc) {
		return doc.enabled
			? [__("Switched on"), "blue", "enabled,=,1"]
			: [__("Switched off"), "gray", "enabled,=,0"];
	},
	onload(listview) {
		erp_connect.head_list(listview, __("Flows"));
		if (frappe.model.can_create("Field Mapping"))
			listview.page.add_inner_button(__("Import"), import_flow);
	},
};

async function import_flow() {
	await erp_connect.load("field_mapping");
	erp_connect.import_flow();
}
