// Connecting a system from a file: an account that was exported, here or at another site.

import { chosen_text, file_input } from "../shared/files";
import { muted } from "../shared/html";
import { ask } from "./entries";

/** Opens the dialog in which a person chooses the file; the next one asks for what is not in it. */
export function import_account() {
	const dialog = erp_connect.dialog({
		title: __("Import an account"),
		animate: false,
		fields: [
			{ fieldname: "account_file", fieldtype: "HTML" },
			{
				fieldname: "explained",
				fieldtype: "HTML",
				options: String(
					muted(
						__(
							"It holds no secrets and nothing that was the account's own: you are asked for these next. The flows are switched off at first."
						)
					)
				),
			},
		],
		primary_action_label: __("Continue"),
		primary_action: async () => {
			const content = await chosen_text(input);
			await ask({ content });
			dialog.hide();
		},
	});
	const input = file_input(dialog, "account_file", __("File made by Export as Preset"));
	dialog.show();
	return dialog;
}
