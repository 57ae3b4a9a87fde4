frappe.listview_settings["Field Mapping"] = {
	add_fields: ["enabled", "direction"],
	get_indicator(doc) {
		return doc.enabled
			? [__("Switched on"), "blue", "enabled,=,1"]
			: [__("Switched off"), "gray", "enabled,=,0"];
	},
	onload(listview) {
		erp_connect.head_list(listview, __("Flows"));
		if (frappe.model.can_create("Field Mapping"))
			listview.page.add_inner_button(__("Import"), () => open_import());
	},
};

function open_import() {
	const dialog = erp_connect.dialog({
		title: __("Import a flow"),
		fields: [
			{
				fieldname: "integration",
				fieldtype: "Link",
				options: "Integration Settings",
				label: __("Account"),
				reqd: 1,
			},
			{
				fieldname: "mapping_name",
				fieldtype: "Data",
				label: __("Name of the flow"),
				description: __("Empty: as in the file"),
			},
			{ fieldname: "file", fieldtype: "HTML" },
		],
		primary_action_label: __("Import"),
		primary_action: (values) => import_file(dialog, file_input, values),
	});
	const file_input = add_file_input(dialog);
	dialog.show();
}

function add_file_input(dialog) {
	const { html } = erp_connect.markup;
	dialog
		.get_field("file")
		.html(
			String(html`<label class="control-label" for="erp-connect-import"
					>${__("File made by Export")}</label
				>
				<input
					id="erp-connect-import"
					type="file"
					accept=".json,application/json"
					class="d-block"
				/>`)
		);
	return dialog.get_field("file").$wrapper.find("input").get(0);
}

async function import_file(dialog, file_input, { integration, mapping_name }) {
	const [file] = file_input.files;
	if (!file) frappe.throw(__("Choose the file first."));
	const name = await erp_connect.events.call(
		"flows.import_mapping",
		{ content: await file.text(), integration, mapping_name: mapping_name || "" },
		{ freeze: true }
	);
	dialog.hide();
	frappe.set_route("Form", "Field Mapping", name);
	frappe.show_alert({ message: __("Imported. Look at the flow, then switch it on."), indicator: "green" });
}
