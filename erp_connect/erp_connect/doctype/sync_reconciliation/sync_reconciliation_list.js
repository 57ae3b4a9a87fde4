const COLOURS = { Running: "blue", Failed: "red", Stopped: "orange" };

frappe.listview_settings["Sync Reconciliation"] = {
	add_fields: ["status", "missing_here", "missing_there", "different", "orphan_links"],
	hide_name_column: true,

	get_indicator(doc) {
		const filter = `status,=,${doc.status}`;
		if (doc.status !== "Completed") return [__(doc.status), COLOURS[doc.status] || "gray", filter];
		const found = erp_connect.states.number_found(doc);
		return found ? [__("{0} differences", [found]), "orange", filter] : [__("Equal"), "green", filter];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Comparisons"));
	},
};
