// Form of who is told of alerts, besides the managers, who are told in Desk.

frappe.ui.form.on("Alert Receiver", {
	setup(frm) {
		frm.set_query("sender", () => ({ filters: { enable_outgoing: 1 } }));
	},

	refresh(frm) {
		erp_connect.plain_secrets(frm.wrapper);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Send a Test"), () => send(frm, "alerts.send_test"));
		frm.add_custom_button(__("Send a Digest"), () => send(frm, "alerts.send_digest"));
	},
});

async function send(frm, call) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save first: what is saved counts."));
	const message = await erp_connect.events.call(
		call,
		{ receiver: frm.docname },
		{ freeze: true }
	);
	frappe.show_alert({ message, indicator: "green" }, 10);
}
