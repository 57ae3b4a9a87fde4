// Form of a load in windows of time: how far it is, and what a person may do about it.

frappe.ui.form.on("Sync Load", {
	async refresh(frm) {
		frm.disable_save();
		for (const fieldname of ["error", "progress"]) frm.set_df_property(fieldname, "hidden", 1);
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
	const left = await pulls.ask_left(doc.doctype, doc.name);
	pulls.show_status(frm, states.load_status({ ...doc, left }), left);
	frm.dashboard.show_progress(__("Progress"), doc.progress || 0, pulls.load_text(doc));
}

function add_buttons(frm) {
	erp_connect.pulls.add_links(frm, "load_run");
	if (!frappe.model.can_write("Field Mapping")) return;
	const { pulls, states } = erp_connect;
	const { name, status } = frm.doc;
	const reload = () => frm.reload_doc();
	if (states.pull_runs(frm.doc))
		frm.add_custom_button(__("Stop"), () => pulls.change_load("stop", name, reload));
	if (status === "Stopped")
		frm.add_custom_button(__("Resume"), () => pulls.change_load("resume", name, reload)).addClass(
			"btn-primary"
		);
	if (states.pull_runs(frm.doc) || status === "Stopped")
		frm.add_custom_button(__("Cancel Load"), () => pulls.give_up_load(name, reload));
}
