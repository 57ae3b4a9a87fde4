// Asks how a matter was settled by hand, before its events are put aside.

export function ask_note(done) {
	const dialog = erp_connect.dialog({
		title: __("Resolve with a note"),
		fields: [
			{
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("What was done"),
				description: __(
					"Stays with the event as a comment. Nothing is sent or written; Retry takes the event up again."
				),
				reqd: 1,
				// Frappe would show what is typed as markup, and it may have been copied from an answer.
				formatter: erp_connect.inert,
			},
		],
		primary_action_label: __("Resolve"),
		primary_action: ({ note }) => {
			dialog.hide();
			done(note);
		},
	});
	dialog.show();
	return dialog;
}
