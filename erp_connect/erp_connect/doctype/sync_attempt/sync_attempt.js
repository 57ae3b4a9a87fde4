frappe.ui.form.on("Sync Attempt", {
	refresh(frm) {
		frm.disable_save();
	},
});
