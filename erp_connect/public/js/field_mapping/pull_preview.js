// Preview of a pull: one page is fetched, and what would be written of it is shown. Writes nothing.

import { call, error_box } from "../shared/events";
import { code_block, form_link, html, muted, pill, pretty, table } from "../shared/html";
import { readable } from "../shared/values";

const ACTIONS = {
	create: ["green", () => __("Would be created")],
	update: ["blue", () => __("Would be updated")],
	hold: ["yellow", () => __("Would be held for review")],
	wait: ["orange", () => __("Would wait for its creation")],
	ignore: ["gray", () => __("Would be ignored")],
};

export async function open_pull_preview(frm) {
	const { integration, pull_path } = frm.doc;
	if (!integration || !pull_path)
		frappe.throw(__("Choose the account and enter a path on the tab Pull first."));
	const dialog = new frappe.ui.Dialog({
		title: __("Preview of the pull"),
		size: "extra-large",
		fields: [{ fieldname: "result", fieldtype: "HTML" }],
		primary_action_label: __("Fetch Again"),
		primary_action: () => run(frm, dialog),
	});
	dialog.show();
	run(frm, dialog);
}

async function run(frm, dialog) {
	const result = dialog.get_field("result");
	result.html(String(muted(__("The first page is being fetched …"))));
	try {
		const shown = await call("pulls.preview", { mapping: JSON.stringify(frm.doc) });
		result.html(String(preview_html(frm.doc, shown)));
	} catch {
		// Frappe has shown the message.
		result.html(String(muted(__("No preview. Correct what the message says, then press Fetch Again."))));
	}
}

function preview_html({ document_type }, shown) {
	return html`<div class="erp-connect-preview">
		${shown.ok
			? error_box(__("Fetched. Nothing has been written by this preview."), "green")
			: error_box(shown.message)}
		<p class="mb-2"><code style="overflow-wrap: anywhere">${shown.called}</code></p>
		${facts(shown)} ${shown.answer && code_block(pretty(shown.answer))}
		${shown.records.length > 0 && html`<h6 class="mt-3">${records_title(shown)}</h6>`}
		${shown.records.map((record, i) => record_html(document_type, record, i))}
	</div>`;
}

function facts({ status, milliseconds, count, total, more, ok }) {
	const words = [
		status ? __("Status {0}", [status]) : __("No answer"),
		__("{0} ms", [milliseconds]),
		ok && __("{0} records on this page", [count]),
		total > 0 && __("{0} in all", [total]),
		ok && (more ? __("more pages follow") : __("no more pages")),
	];
	return muted(words.filter(Boolean).join(" · "));
}

function records_title({ records, count }) {
	return records.length < count ? __("The first {0} of them", [records.length]) : __("Records");
}

function record_html(document_type, record, i) {
	const [colour, label] = ACTIONS[record.action] || ["red", () => __("Would fail")];
	return html`<details class="border rounded px-3 py-2 mb-2" ${i ? "" : "open"}>
		<summary>
			<b style="overflow-wrap: anywhere">${record.external_id ?? __("Without an id")}</b>
			${pill(label(), colour)}
			${record.document && html`→ ${form_link(document_type, record.document)}`}
		</summary>
		<div class="mt-3">
			${error_box(record.error)} ${versions(record)}
			<div class="row">
				<div class="col-md-6">
					<h6>${__("What ERPNext would get")}</h6>
					${values(record.values)}
				</div>
				<div class="col-md-6">
					<h6>${__("Record outside")}</h6>
					${code_block(record.record)}
				</div>
			</div>
		</div>
	</details>`;
}

function versions({ version, changed }) {
	const words = [version && __("Version {0}", [version]), changed && __("Changed at {0}", [changed])];
	return words.some(Boolean) ? muted(words.filter(Boolean).join(" · ")) : "";
}

function values(given) {
	const rows = Object.entries(given || {});
	if (!rows.length) return muted(__("Nothing. Add rows on the tab Fields."));
	return table(
		[__("Field"), __("Value")],
		rows.map(([field, value]) => [html`<code>${field}</code>`, readable(value)])
	);
}
