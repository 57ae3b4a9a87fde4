// Form of an event: what happened, every try, and the buttons to repair it.

// What a pull or a load tells of itself, rather than what it fetched.
const RUNS = ["pull_run", "load_run"];

frappe.ui.form.on("Sync Log", {
	async refresh(frm) {
		frm.disable_save();
		// Shown below in a readable form.
		for (const fieldname of ["error", "path", "method", "request_body", "response_body"])
			frm.set_df_property(fieldname, "hidden", 1);
		await erp_connect.load("sync_log");
		frm.get_field("outcome_html").html(erp_connect.outcome_html(frm.doc));
		// Frappe takes it for markup, and a topic or an id comes from outside.
		frm.page.set_title(erp_connect.inert(erp_connect.events.title(frm.doc)));
		show_content(frm);
		show_timeline(frm);
		erp_connect.show_conflict(frm);
		add_buttons(frm);
	},
});

function show_content(frm) {
	const received = frm.doc.direction === "Incoming";
	const markup = received ? erp_connect.received_html(frm.doc) : erp_connect.request_html(frm.doc);
	frm.get_field("request_html").html(markup);
	frm.toggle_display("response_status", Boolean(frm.doc.response_status));
	frm.toggle_display("outcome_section", !received || frm.doc.status !== "Processed");
}

async function show_timeline(frm) {
	const name = frm.docname;
	const markup = await erp_connect.timeline_html(frm.doc);
	if (frm.docname === name) frm.get_field("attempts_html").html(markup);
}

function add_buttons(frm) {
	const { may } = erp_connect.events;
	if (may("retry", frm.doc)) frm.add_custom_button(__("Retry"), () => act(frm, "retry"));
	if (waits_for_link(frm.doc))
		frm.add_custom_button(__("Link…"), () =>
			erp_connect.open_link({ event: frm.docname, done: () => frm.reload_doc() })
		);
	if (may("cancel", frm.doc)) {
		frm.add_custom_button(__("Skip"), () => confirm_skip(frm));
		frm.add_custom_button(__("Resolve…"), () => resolve(frm));
	}
	add_flow_button(frm);
	const page = frm.doc.__onload?.external_url || "";
	if (/^https?:\/\//i.test(page))
		frm.add_custom_button(__("Open Outside"), () => window.open(page, "_blank", "noopener,noreferrer"));
	if (frm.doc.reference_name && erp_connect.may_link())
		frm.add_custom_button(__("Skip or Pin the Document…"), () => exempt(frm), __("Actions"));
	if (may("replay", frm.doc)) {
		frm.add_custom_button(__("Replay"), () => confirm_replay(frm), __("Actions"));
		if (frappe.user.has_role(["Integration Manager", "System Manager"]))
			frm.add_custom_button(__("Replay with Edited Payload"), () => open_edit(frm), __("Actions"));
	}
}

async function exempt(frm) {
	await erp_connect.load("document_actions");
	erp_connect.exempt_dialog({
		rows: frm.doctype,
		names: [frm.docname],
		done: () => frm.reload_doc(),
	});
}

function add_flow_button(frm) {
	const { doc } = frm;
	if (!doc.field_mapping || !["Failed", "On Hold", "Retrying", "Skipped"].includes(doc.status)) return;
	const row = erp_connect.row_named(doc);
	const label = row ? __("Open row {0} of the Flow", [row]) : __("Open Flow");
	frm.add_custom_button(label, () => erp_connect.open_flow(doc));
}

async function resolve(frm) {
	await erp_connect.load("event_list");
	erp_connect.ask_note((note) => act(frm, "cancel", { note }));
}

/** A record that came in and was not written: it may be of a document that is here. */
function waits_for_link(doc) {
	const record = doc.direction === "Incoming" && !RUNS.includes(doc.event);
	return record && !doc.conflict && erp_connect.may_link() && erp_connect.events.may("retry", doc);
}

async function act(frm, action, args) {
	const done = await erp_connect.events.act(action, [frm.docname], args);
	if (action === "replay" && done.length) frappe.set_route("Form", "Sync Log", done[0]);
	else frm.reload_doc();
}

function confirm_replay(frm) {
	frappe.confirm(
		__(
			"Send the same payload once more, with the same key? A receiver that honours the key takes it only once."
		),
		() => act(frm, "replay")
	);
}

function confirm_skip(frm) {
	frappe.confirm(__("Skip this event? Nothing is done about it. Retry takes it up again."), () =>
		act(frm, "cancel")
	);
}

function open_edit(frm) {
	const { content_type, request_body } = frm.doc;
	const dialog = erp_connect.dialog({
		title: __("Replay with edited payload"),
		size: "large",
		fields: [
			{
				fieldname: "payload",
				fieldtype: "Code",
				options: (content_type || "").includes("xml") ? "HTML" : "JSON",
				label: __("Payload"),
				default: erp_connect.markup.pretty(request_body || ""),
				reqd: 1,
				description: __("Sent under a new key. The document itself is not changed."),
			},
		],
		primary_action_label: __("Send"),
		primary_action: async ({ payload }) => {
			const name = await erp_connect.events.call(
				"events.replay_edited",
				{ name: frm.docname, payload },
				{ freeze: true }
			);
			dialog.hide();
			frappe.set_route("Form", "Sync Log", name);
		},
	});
	dialog.show();
}
