erp_connect.protect("Sync Cursor");

frappe.listview_settings["Sync Cursor"] = {
	add_fields: ["status", "last_run", "error", "pages", "fetched", "queued", "known", "progress", "total"],
	hide_name_column: true,

	get_indicator(doc) {
		const [colour, label] = erp_connect.states.pull_status(doc);
		const progress =
			erp_connect.states.pull_runs(doc) && doc.total ? ` ${Math.round(doc.progress)} %` : "";
		return [`${label}${progress}`, colour, `status,=,${doc.status}`];
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Pulls"));
	},
};
