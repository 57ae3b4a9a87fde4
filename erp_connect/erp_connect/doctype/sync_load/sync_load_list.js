erp_connect.protect("Sync Load");

frappe.listview_settings["Sync Load"] = {
	add_fields: ["status", "error", "progress"],
	hide_name_column: true,

	get_indicator(doc) {
		const [colour, label] = erp_connect.states.load_status(doc);
		return [label, colour, `status,=,${doc.status}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Loads"));
	},
};
