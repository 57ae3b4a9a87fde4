// Form of a pull: where it stands. Its settings are in the flow.

frappe.ui.form.on("Sync Cursor", {
	async refresh(frm) {
		frm.disable_save();
		frm.set_df_property("error", "hidden", 1);
		await erp_connect.load("pulls");
		await show_state(frm);
		add_buttons(frm);
		erp_connect.pulls.watch(frm);
	},

	on_hide(frm) {
		clearTimeout(frm.erp_connect_timer);
	},
});

async function show_state(frm) {
	const { doc } = frm;
	const { pulls, states } = erp_connect;
	const state = await pulls.pull_state(doc.field_mapping);
	const left = state ? pulls.left_of(state.events) : [];
	pulls.show_status(frm, states.pull_status({ ...doc, left }), left);
	if (states.pull_runs(doc) && doc.total)
		frm.dashboard.show_progress(__("Progress"), doc.progress || 0, pulls.pull_counts(doc));
}

function add_buttons(frm) {
	const flow = frm.doc.field_mapping;
	const { add_links, pull_now, stop_pull } = erp_connect.pulls;
	const reload = () => frm.reload_doc();
	add_links(frm, "pull_run");
	if (!frappe.model.can_write("Field Mapping")) return;
	if (erp_connect.states.pull_runs(frm.doc))
		frm.add_custom_button(__("Stop Pull"), () => stop_pull(flow, reload));
	else frm.add_custom_button(__("Pull Now"), () => pull_now({ mapping: flow }, reload));
}
