// Form of a subscription to webhooks: what is registered outside. It is changed by the account's button Webhooks.

frappe.ui.form.on("Webhook Subscription", {
	refresh(frm) {
		frm.disable_save();
		const { status, integration } = frm.doc;
		frm.page.set_indicator(__(status), status === "Failed" ? "red" : "green");
		frm.add_custom_button(__("Account"), () =>
			frappe.set_route("Form", "Integration Settings", integration)
		);
	},
});
