// A flow tried on the last records of both sides: what would be written here, and what would be sent.

import { call, error_box } from "../../shared/events";
import { form_link, html, muted, pill, table } from "../../shared/html";
import { readable } from "../../shared/values";
import { records_html } from "../pull_preview";

export function open_test(frm) {
	const dialog = erp_connect.dialog({
		title: __("Test with the last records"),
		size: "extra-large",
		fields: [
			{ fieldname: "count", fieldtype: "Int", label: __("How many"), default: 10 },
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Test"),
		primary_action: () => run(frm, dialog),
	});
	dialog.show();
	run(frm, dialog);
}

async function run(frm, dialog) {
	const result = dialog.get_field("result");
	result.html(String(muted(__("The last records are being tried …"))));
	const values = { mapping: JSON.stringify(frm.doc), count: dialog.get_value("count") || 10 };
	try {
		result.html(String(test_html(frm.doc, await call("samples.test", values))));
	} catch {
		// Frappe has shown the message.
		result.html(String(muted(__("No test. Correct what the message says, then press Test."))));
	}
}

function test_html({ document_type }, { records, documents, came }) {
	if (!records.length && !documents.length)
		return muted(__("There is nothing to try: no record has come in, and no document is here."));
	return html`<div class="erp-connect-preview">
		${error_box(__("Tried. Nothing is kept, and nothing is sent."), "blue")}
		${records.length > 0 && muted(came ? __("The last records that came in") : __("Records of a page outside"))}
		${records_html(document_type, records, records.length)} ${documents_html(document_type, documents)}
	</div>`;
}

function documents_html(document_type, documents) {
	if (!documents.length) return "";
	return html`<h6 class="mt-3">${__("Documents here")}</h6>
		${table(
			[__("Document"), __("Would be sent"), __("Differences to what was last delivered")],
			documents.map((one) => [form_link(document_type, one.name), verdict(one), differences(one)])
		)}`;
}

function verdict({ error, sends, reason }) {
	if (error) return html`${pill(__("Would fail"), "red")}<div>${error}</div>`;
	if (sends) return pill(__("Yes"), "green");
	return html`${pill(__("No"), "gray")} ${erp_connect.events.outcome_label?.(reason) || reason}`;
}

function differences({ changes }) {
	return (changes || []).map(
		({ path, old, new: now }) =>
			html`<div><code>${path}</code>: ${readable(old)} → ${readable(now)}</div>`
	);
}
