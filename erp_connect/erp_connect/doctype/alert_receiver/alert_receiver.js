// Form of who is told of alerts, besides the managers, who are told in Desk.

frappe.ui.form.on("Alert Receiver", {
	refresh(frm) {
		if (!frm.is_new()) frm.add_custom_button(__("Send a Test"), () => test(frm));
	},
});

async function test(frm) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save first: what is saved is tested."));
	const message = await erp_connect.events.call(
		"alerts.send_test",
		{ receiver: frm.docname },
		{ freeze: true }
	);
	frappe.show_alert({ message, indicator: "green" }, 10);
}
