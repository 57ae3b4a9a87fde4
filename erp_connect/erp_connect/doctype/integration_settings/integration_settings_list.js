frappe.listview_settings["Integration Settings"] = {
	add_fields: ["enabled", "paused", "environment"],
	get_indicator(doc) {
		if (!doc.enabled) return [__("Disabled"), "gray", "enabled,=,0"];
		if (doc.paused) return [__("Paused"), "orange", "paused,=,1"];
		return [__("Enabled"), "green", "enabled,=,1|paused,=,0"];
	},
};
