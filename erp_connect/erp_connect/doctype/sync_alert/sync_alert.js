// Form of an alert: what is or was wrong, and the ways to where it is put right.

frappe.ui.form.on("Sync Alert", {
	refresh(frm) {
		frm.disable_save();
		const { status, integration, kind } = frm.doc;
		frm.page.set_indicator(__(status), status === "Open" ? "red" : "green");
		if (!integration) return;
		frm.add_custom_button(__("Account"), () =>
			frappe.set_route("Form", "Integration Settings", integration)
		);
		const events = { "Failed events": "Failed", "Waiting for a person": "On Hold" }[kind];
		if (!events) return;
		frm.add_custom_button(__("Events"), () =>
			frappe.set_route("List", "Sync Log", { integration, status: events })
		);
		frm.add_custom_button(__("Group by Reason"), () => show_reasons(frm, events));
	},
});

// The alert holds no words of events: who may see these reads them there.
async function show_reasons(frm, status) {
	await erp_connect.load("event_list");
	const filters = { integration: frm.doc.integration, status };
	const rows = Object.entries(filters).map(([field, value]) => ["Sync Log", field, "=", value]);
	erp_connect.show_reasons(rows, () => frm.reload_doc());
}
