// Added to the lists of what is completed before its events are done: each row says what is left, and leads there.

for (const doctype of ["Sync Backfill", "Sync Cursor", "Sync Load"])
	Object.assign((frappe.listview_settings[doctype] ??= {}), {
		async refresh(listview) {
			await erp_connect.load("pulls");
			erp_connect.pulls.show_left(listview);
		},

		button: {
			show: ({ left }) => left?.length > 0,
			get_label: () => __("Events"),
			// Frappe 16 asks for it where there is no button, too.
			get_description: ({ left }) => left?.[0]?.about || "",
			action: ({ left }) => frappe.set_route("List", "Sync Log", left[0].filters),
		},
	});
