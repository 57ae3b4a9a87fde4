// A flow from a file, for an account of this site.

import { call } from "../shared/events";
import { chosen_text, file_input } from "../shared/files";

/** Opens the dialog in which a person chooses the file and the account, and makes the flow. */
export function import_flow() {
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
			{ fieldname: "import", fieldtype: "HTML" },
		],
		primary_action_label: __("Import"),
		primary_action: async ({ integration, mapping_name }) => {
			const content = await chosen_text(input);
			const name = await call(
				"flows.import_mapping",
				{ content, integration, mapping_name: mapping_name || "" },
				{ freeze: true }
			);
			dialog.hide();
			frappe.set_route("Form", "Field Mapping", name);
			frappe.show_alert({
				message: __("Imported. Look at the flow, then switch it on."),
				indicator: "green",
			});
		},
	});
	const input = file_input(dialog, "import", __("File made by Export"));
	dialog.show();
}
