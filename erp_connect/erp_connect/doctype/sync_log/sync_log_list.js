erp_connect.protect("Sync Log", { event: erp_connect.events.event_label });

frappe.listview_settings["Sync Log"] = {
	add_fields: ["status", "error", "direction", "method"],
	hide_name_column: true,
	has_indicator_for_draft: true,

	get_indicator(doc) {
		return [__(doc.status), erp_connect.events.colour(doc.status), `status,=,${doc.status}`];
	},

	formatters: {
		error: (value) => {
			// Made harmless already, see erp_connect/operate/outside_text.py; again does no harm.
			const text = erp_connect.inert(value || "");
			return `<span class="ellipsis text-muted" title="${text}">${text}</span>`;
		},
	},

	onload(listview) {
		const { page } = listview;
		const labels = { retry: __("Retry"), replay: __("Replay"), cancel: __("Give Up") };
		for (const [action, label] of Object.entries(labels))
			page.add_actions_menu_item(label, () => act_on_selected(listview, action), true);
		page.add_menu_item(__("Retry All That Match the Filters"), () => act_on_all(listview, "retry"));
		page.add_menu_item(__("Replay All That Match the Filters"), () => act_on_all(listview, "replay"));
	},
};

async function act_on_selected(listview, action) {
	await erp_connect.events.act(action, listview.get_checked_items(true));
	listview.clear_checked_items();
	erp_connect.reload_list(listview);
}

async function act_on_all(listview, action) {
	const filters = listview.filter_area.get().map((filter) => filter.slice(0, 4));
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
			message: __("{0} events queued.", [count]),
			indicator: count ? "green" : "orange",
		});
		erp_connect.reload_list(listview);
	});
}
