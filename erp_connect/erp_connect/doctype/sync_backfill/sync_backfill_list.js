frappe.listview_settings["Sync Backfill"] = {
	hide_name_column: true,
	get_indicator(doc) {
		const colours = { Draft: "gray", Running: "blue", Stopped: "orange", Failed: "red" };
		// Completed says that all documents are queued. What became of their events, `left` says.
		const [colour, label] =
			doc.status === "Completed"
				? erp_connect.states.load_status(doc)
				: [colours[doc.status], __(doc.status)];
		return [label, colour, `status,=,${doc.status}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Backfills"));
	},
};
