frappe.listview_settings["Sync Reconciliation"] = {
	add_fields: ["status", "missing_here", "missing_there", "different", "orphan_links"],
	hide_name_column: true,

	get_indicator(doc) {
		const filter = `status,=,${doc.status}`;
		const { colour, number_found } = erp_connect.comparison;
		if (doc.status !== "Completed") return [__(doc.status), colour(doc.status), filter];
		const found = number_found(doc);
		return found ? [__("{0} differences", [found]), "orange", filter] : [__("Equal"), "green", filter];
	},
};
