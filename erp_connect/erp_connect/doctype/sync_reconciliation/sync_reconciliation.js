// Form of a comparison. What it shows is in public/js/comparison/comparison.js.

// Shown in a readable form.
const HIDDEN = [
	"error",
	"progress",
	"missing_here",
	"missing_there",
	"different",
	"orphan_links",
	"checked_there",
	"checked_here",
	"total",
];

frappe.ui.form.on("Sync Reconciliation", {
	async refresh(frm) {
		frm.disable_save();
		for (const fieldname of HIDDEN) frm.set_df_property(fieldname, "hidden", 1);
		// None is made here: say where.
		if (frm.is_new()) return frm.set_intro(__(frm.meta.description));
		await erp_connect.load("comparison", "pulls");
		erp_connect.comparison.show_comparison(frm);
		add_buttons(frm);
	},

	on_hide(frm) {
		clearTimeout(frm.erp_connect_timer);
	},
});

function add_buttons(frm) {
	const flow = frm.doc.field_mapping;
	frm.add_custom_button(__("Flow"), () => frappe.set_route("Form", "Field Mapping", flow));
	if (!frappe.model.can_write("Field Mapping")) return;
	if (erp_connect.states.compares(frm.doc)) frm.add_custom_button(__("Stop"), () => stop(frm));
	else frm.add_custom_button(__("Compare Again"), () => erp_connect.pulls.compare(flow));
}

async function stop(frm) {
	await erp_connect.events.call("reconciliation.stop", { name: frm.docname }, { freeze: true });
	frm.reload_doc();
}
