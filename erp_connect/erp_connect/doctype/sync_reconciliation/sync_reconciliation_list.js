frappe.listview_settings["Sync Reconciliation"] = {
	add_fields: ["status", "missing_here", "missing_there", "different", "orphan_links"],
	hide_name_column: true,

	get_indicator(doc) {
		const filter = `status,=,${doc.status}`;
		const { comparison_colour, number_found } = erp_connect.states;
		if (doc.status !== "Completed") return [__(doc.status), comparison_colour(doc.status), filter];
		const found = number_found(doc);
		return found ? [__("{0} differences", [found]), "orange", filter] : [__("Equal"), "green", filter];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Comparisons"));
	},
};
