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
		if (events)
			frm.add_custom_button(__("Events"), () =>
				frappe.set_route("List", "Sync Log", { integration, status: events })
			);
	},
});
