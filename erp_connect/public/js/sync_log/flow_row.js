// From an event to its flow, and to the row of it that the message names.

// As erp_connect/messages.py writes it, in the language of the worker's user or of this one.
const ROW = "Row {0}";

/** The number of the row in Fields that the message of an event names, or 0. */
export function row_named(doc) {
	for (const words of [__(ROW), ROW]) {
		const [before, after] = words.split("{0}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
		const found = (doc.error || "").match(new RegExp(`^${before}(\\d+)${after}[:,]`));
		if (found) return Number(found[1]);
	}
	return 0;
}

/** Opens the flow of an event, at the row that its message names. */
export function open_flow(doc) {
	const number = row_named(doc);
	const opened = "form-refresh.erp-connect-row";
	$(document)
		.off(opened)
		.on(opened, (event, frm) => {
			if (frm.doctype !== "Field Mapping" || frm.docname !== doc.field_mapping) return;
			$(document).off(opened);
			// Its own scripts are loaded first: they fill the rows' choices.
			if (number) frappe.after_ajax(() => show_row(frm, number));
		});
	frappe.set_route("Form", "Field Mapping", doc.field_mapping);
}

function show_row(frm, number) {
	const { grid } = frm.get_field("rows");
	frm.layout.tabs?.find((tab) => tab.df.fieldname === "fields_tab")?.set_active();
	grid.refresh(); // the rows of a tab that was not open yet are not drawn
	frm.scroll_to_field("rows");
	grid.grid_rows?.[number - 1]?.toggle_view(true);
}
