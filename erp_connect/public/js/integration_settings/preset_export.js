// Export as Preset: an account and its flows as a file from which other accounts of the system are made.

import { call } from "../shared/events";
import { save_file } from "../shared/files";
import { html } from "../shared/html";

/** Asks how the system is called, and lets the browser save the file. */
export function open_preset_export(frm) {
	const account = frm.docname;
	erp_connect.ask(
		{
			fieldname: "name",
			fieldtype: "Data",
			label: __("System"),
			default: frm.doc.system || "",
			reqd: 1,
			description: __(
				"What the system is called where the file is installed. A preset that is called so there is replaced by it."
			),
		},
		async ({ name }) => {
			const exported = await call("presets.export_account", { account, name }, { freeze: true });
			save_file(exported.file_name, exported.content);
			show_left(exported);
		},
		__("Export as Preset"),
		__("Export")
	);
}

function show_left({ file_name, left }) {
	frappe.msgprint({
		title: __("Exported as {0}", [file_name]),
		indicator: left.length ? "orange" : "green",
		message: String(html`<p>
				${__("Secrets and what is this account's own are not in the file: whoever uses it is asked for them.")}
			</p>
			${left.length > 0 &&
			html`<p>${__("Look at these by hand:")}</p>
				<ul>
					${left.map((one) => html`<li>${one}</li>`)}
				</ul>`}`),
	});
}
