// Form of a pull: where it stands. Its settings are in the flow.

const EVERY_MS = 5000;

frappe.ui.form.on("Sync Cursor", {
	async refresh(frm) {
		frm.disable_save();
		frm.set_df_property("error", "hidden", 1);
		await erp_connect.load("pulls");
		show_state(frm);
		add_buttons(frm);
		watch(frm);
	},

	on_hide(frm) {
		clearTimeout(frm.erp_connect_timer);
	},
});

function show_state(frm) {
	const { doc } = frm;
	const { pulls, markup, states } = erp_connect;
	const [colour, label] = states.pull_status(doc);
	frm.page.set_indicator(label, colour);
	if (doc.error) frm.dashboard.set_headline(String(markup.html`<span>${doc.error}</span>`), colour);
	else frm.dashboard.clear_headline();
	if (states.pull_runs(doc) && doc.total)
		frm.dashboard.show_progress(__("Progress"), doc.progress || 0, pulls.pull_counts(doc));
}

function add_buttons(frm) {
	const flow = frm.doc.field_mapping;
	const { pull_now, stop_pull } = erp_connect.pulls;
	const reload = () => frm.reload_doc();
	frm.add_custom_button(__("Flow"), () => frappe.set_route("Form", "Field Mapping", flow));
	frm.add_custom_button(__("Events"), () =>
		frappe.set_route("List", "Sync Log", { field_mapping: flow, event: ["in", ["pull", "pull_run"]] })
	);
	if (!frappe.model.can_write("Field Mapping")) return;
	if (erp_connect.states.pull_runs(frm.doc))
		frm.add_custom_button(__("Stop Pull"), () => stop_pull(flow, reload));
	else frm.add_custom_button(__("Pull Now"), () => pull_now({ mapping: flow }, reload));
}

function watch(frm) {
	clearTimeout(frm.erp_connect_timer);
	if (!erp_connect.states.pull_runs(frm.doc)) return;
	const name = frm.docname;
	frm.erp_connect_timer = setTimeout(() => {
		if (cur_frm === frm && frm.docname === name) frm.reload_doc();
	}, EVERY_MS);
}
