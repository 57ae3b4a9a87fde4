// Form of a difference: both sides of it, and the buttons that repair it.

frappe.ui.form.on("Sync Difference", {
	async refresh(frm) {
		await erp_connect.load("comparison");
		const { detail_html, may_repair, repairable } = erp_connect.differences;
		frm.disable_save();
		frm.set_df_property("message", "hidden", 1);
		frm.get_field("fields_html").html(String(detail_html(found(frm.doc))));
		if (may_repair() && repairable(frm.doc))
			erp_connect.differences.add_repair_buttons(frm, () => frm.reload_doc());
	},
});

function found({ fields_json, record, ...doc }) {
	return { ...doc, fields: erp_connect.parsed(fields_json, []), record: record || "" };
}
