erp_connect.protect("Sync Log", {
	event: erp_connect.events.event_label,
	outcome: erp_connect.events.outcome_label,
});

// As many as stand beside each other on an ordinary screen, where the user has not chosen a number.
const COLUMNS = 8;
// The message, which is the last column, has most of the room.
const STYLE = `
	.erp-connect-events .list-row-container .level-left > .list-row-col:last-child,
	.erp-connect-events .list-row-head .level-left > .list-row-col:last-child { flex: 4; }
	.erp-connect-events .list-row-col.list-subject { flex: 4 !important; }
	@media (min-width: 768px) {
		.erp-connect-events .list-row-container .level-right,
		.erp-connect-events .list-row-head .level-right { flex: 0 0 auto; min-width: 130px; }
		/* Frappe 16 gives each column 150 px and more, and lets the rows be pushed sideways. Here they fit. */
		.erp-connect-columns .list-row-container { width: 100% !important; }
		.erp-connect-columns .level-left > .list-row-col { min-width: 0 !important; max-width: none !important; }
		/* Status, event and external id are short words, which are read whole. */
		.erp-connect-columns .level-left > :is(:nth-child(2 of :not(.tag-col)), :nth-child(4 of :not(.tag-col))) { flex: 0 0 98px !important; }
		.erp-connect-columns .level-left > :nth-child(5 of :not(.tag-col)) { flex: 0 0 84px !important; }
		.erp-connect-columns .level-left > :nth-child(3 of :not(.tag-col)) { flex: 3 1 0 !important; }
		.erp-connect-columns .level-left > .list-row-col:last-child { flex: 4 1 0 !important; }
		.erp-connect-columns .level-left > .list-subject { flex: 5 1 0 !important; }
	}
	.erp-connect-events .list-row-col:has([data-filter^="integration,"]),
	.erp-connect-events .list-row-col:has([data-sort-by="integration"]) { flex: 2; }`;

frappe.listview_settings["Sync Log"] = {
	add_fields: [
		"status",
		"outcome",
		"integration",
		"error",
		"direction",
		"method",
		"event",
		"topic",
		"external_id",
		"field_mapping",
		"reference_doctype",
		"reference_name",
	],
	hide_name_column: true,
	hide_name_filter: true,
	has_indicator_for_draft: true,

	get_indicator({ status, outcome }) {
		const { colour, outcome_label } = erp_connect.events;
		// Processed, but not all that came.
		if (outcome === "not_all_taken") return [outcome_label(outcome), "orange", `outcome,=,${outcome}`];
		return [__(status), colour(status), `status,=,${status}`];
	},

	formatters: {
		reference_name: (value, df, doc) => erp_connect.with_account(erp_connect.events.title(doc), doc),
		event: (value, df, doc) =>
			`<span class="ellipsis">${erp_connect.events.direction(doc)} ${erp_connect.inert(
				erp_connect.events.event_label(value)
			)}</span>`,
		error: (value) => {
			// Made harmless already, see erp_connect/operate/outside_text.py; again does no harm.
			const text = erp_connect.inert(value || "");
			return `<span class="ellipsis text-muted" title="${text}">${text}</span>`;
		},
	},

	onload(listview) {
		erp_connect.head_list(listview, __("Events"));
		const { page } = listview;
		frappe.dom.set_style(STYLE, "erp-connect-events-style");
		page.wrapper.addClass("erp-connect-events erp-connect-titles");
		show_columns(listview);
		// Whole values, found by an index among millions of rows.
		for (const fieldname of ["external_id", "trace_id"]) {
			const df = page.fields_dict[fieldname]?.df;
			if (df) Object.assign(df, { condition: "=", match_type: "=" }); // in Frappe 15, and in 16
		}
		const labels = { retry: __("Retry"), replay: __("Replay"), cancel: __("Skip") };
		for (const [action, label] of Object.entries(labels))
			page.add_actions_menu_item(label, () => act_on_selected(listview, action), true);
		page.add_actions_menu_item(__("Resolve with a Note…"), () => resolve_selected(listview), true);
		if (erp_connect.may_link())
			page.add_actions_menu_item(__("Skip or Pin…"), () => skip_or_pin(listview), true);
		page.add_inner_button(__("Group by Reason"), () => show_reasons(listview));
		page.add_menu_item(__("Retry All That Match the Filters"), () => act_on_all(listview, "retry"));
		page.add_menu_item(__("Replay All That Match the Filters"), () => act_on_all(listview, "replay"));
	},
};

function show_columns(listview) {
	const settings = listview.list_view_settings;
	if (settings.total_fields || settings.fields) return;
	settings.total_fields = COLUMNS;
	listview.page.wrapper.addClass("erp-connect-columns");
	listview.setup_columns();
	listview.render_header(true);
}

async function act_on_selected(listview, action, args) {
	await erp_connect.events.act(action, listview.get_checked_items(true), args);
	listview.clear_checked_items();
	erp_connect.reload_list(listview);
}

async function resolve_selected(listview) {
	await erp_connect.load("event_list");
	erp_connect.ask_note((note) => act_on_selected(listview, "cancel", { note }));
}

async function show_reasons(listview) {
	await erp_connect.load("event_list");
	erp_connect.show_reasons(filters_of(listview), () => erp_connect.reload_list(listview));
}

function filters_of(listview) {
	return listview.filter_area.get().map((filter) => filter.slice(0, 4));
}

async function act_on_all(listview, action) {
	const filters = filters_of(listview);
	const total = await frappe.db.count("Sync Log", { filters });
	const questions = {
		retry: __("Queue again those of the {0} matching events that failed or wait?", [total]),
		replay: __("Send once more those of the {0} matching events that were sent?", [total]),
	};
	frappe.confirm(questions[action], async () => {
		const count = await erp_connect.events.call(
			"events.retry_by_filter",
			{ filters: JSON.stringify(filters), action },
			{ freeze: true }
		);
		frappe.show_alert({
			message: count === 1 ? __("One event queued.") : __("{0} events queued.", [count]),
			indicator: count ? "green" : "orange",
		});
		erp_connect.reload_list(listview);
	});
}

async function skip_or_pin(listview) {
	await erp_connect.load("document_actions");
	erp_connect.exempt_rows(listview);
}
