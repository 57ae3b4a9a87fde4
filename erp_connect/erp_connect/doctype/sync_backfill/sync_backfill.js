// Form of a backfill: progress while it runs, what came of its events, stop and resume.

const EVERY_MS = 5000;

frappe.ui.form.on("Sync Backfill", {
	onload(frm) {
		listen(frm);
	},

	async refresh(frm) {
		// Of one that failed it stands at the top.
		frm.set_df_property("error", "hidden", frm.doc.status === "Failed" || !frm.doc.error);
		add_buttons(frm);
		await erp_connect.load("pulls");
		await show_progress(frm);
		watch(frm);
	},

	on_hide(frm) {
		clearTimeout(frm.erp_connect_timer);
	},
});

function add_buttons(frm) {
	const { status } = frm.doc;
	if (frm.is_new()) return;
	if (status === "Running") frm.add_custom_button(__("Stop"), () => act(frm, "stop_backfill"));
	else if (status !== "Completed")
		frm.add_custom_button(status === "Draft" ? __("Start") : __("Resume"), () =>
			act(frm, "resume_backfill")
		);
	frm.add_custom_button(__("Events"), () =>
		frappe.set_route("List", "Sync Log", { backfill: frm.docname })
	);
}

async function act(frm, method) {
	await erp_connect.events.call(`flows.${method}`, { backfill: frm.docname }, { freeze: true });
	frm.reload_doc();
}

async function show_progress(frm) {
	const { name, status, error, total, queued, progress } = frm.doc;
	const { html } = erp_connect.markup;
	if (status === "Failed") {
		const text = __("Stopped by an error. Correct the cause, then press Resume.");
		frm.dashboard.set_headline(String(html`<span>${text} ${error}</span>`), "red");
	} else {
		const { pulls, states } = erp_connect;
		const left = await pulls.ask_left("Sync Backfill", name);
		if (frm.docname !== name) return;
		frm.erp_connect_waits = left?.some(({ colour }) => colour === "blue");
		// It is completed once all documents are queued: green only when their events are done as well.
		const label = status === "Completed" ? states.load_status({ status, left }) : indicator(frm);
		pulls.show_status(frm, label, left);
	}
	if (!frm.is_new() && status !== "Draft")
		frm.dashboard.show_progress(
			__("Progress"),
			status === "Completed" ? 100 : progress || 0,
			String(html`${__("{0} of {1} documents queued", [queued || 0, total || 0])}`)
		);
}

function indicator({ doc }) {
	const { status } = doc;
	return [{ Running: "blue", Stopped: "orange" }[status] || "gray", __(status)];
}

/** Progress arrives by itself where Desk has a socket; otherwise the form asks now and then. */
function listen(frm) {
	frappe.realtime.off("erp_connect_backfill");
	frappe.realtime.on("erp_connect_backfill", (row) => {
		if (cur_frm?.doctype === "Sync Backfill" && row.name === cur_frm.docname) take(cur_frm, row);
	});
}

function watch(frm) {
	clearTimeout(frm.erp_connect_timer);
	if (frm.is_new() || !(frm.doc.status === "Running" || frm.erp_connect_waits)) return;
	const name = frm.docname;
	frm.erp_connect_timer = setTimeout(async () => {
		if (cur_frm !== frm || frm.docname !== name) return;
		const { message } = await frappe.db.get_value("Sync Backfill", name, [
			"status",
			"queued",
			"total",
			"progress",
		]);
		take(frm, message);
		watch(frm);
	}, EVERY_MS);
}

function take(frm, { status, queued, total, progress }) {
	if (status !== frm.doc.status) {
		frm.reload_doc();
		return;
	}
	Object.assign(frm.doc, { queued, total, progress });
	frm.refresh_fields(["queued", "total", "progress"]);
	show_progress(frm);
}
