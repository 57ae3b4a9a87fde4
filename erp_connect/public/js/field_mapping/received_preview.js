// Preview of a webhook: what would become of the last body that came, or of a pasted one. Keeps nothing.

import { counted } from "../shared/counted";
import { call, error_box } from "../shared/events";
import { html, moment_ago, muted } from "../shared/html";
import { problems_html, records_html, verdict_colour } from "./pull_preview";

export function open_received_preview(frm) {
	if (!frm.doc.integration || !frm.doc.document_type)
		frappe.throw(__("Choose the account and the document type first."));
	const dialog = erp_connect.dialog({
		title: __("Preview of a webhook"),
		size: "extra-large",
		fields: [
			{
				fieldname: "text",
				fieldtype: "Code",
				label: __("Body"),
				min_lines: 3,
				max_lines: 12,
				description: __("JSON or XML. Empty: the last one that came for this flow."),
			},
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Preview"),
		primary_action: () => run(frm, dialog),
	});
	dialog.show();
	run(frm, dialog);
}

async function run(frm, dialog) {
	const result = dialog.get_field("result");
	const text = dialog.get_value("text") || "";
	try {
		const shown = await call("samples.preview", { mapping: JSON.stringify(frm.doc), text });
		result.html(String(preview_html(frm.doc, shown)));
	} catch {
		// Frappe has shown the message.
		result.html(String(muted(__("No preview. Correct what the message says, or paste a body, then press Preview."))));
	}
}

function preview_html({ document_type }, shown) {
	const words = [shown.topic, counted(shown.count, __("1 record"), __("{0} records", [shown.count]))].filter(Boolean).join(" · ");
	return html`<div class="erp-connect-preview">
		${error_box(__("Tried. Nothing of it has been kept."), verdict_colour(shown))}
		<p class="text-muted small">${shown.received && html`${moment_ago(shown.received)} · `}${words}</p>
		${problems_html(shown.problems)} ${records_html(document_type, shown.records, shown.count)}
	</div>`;
}
