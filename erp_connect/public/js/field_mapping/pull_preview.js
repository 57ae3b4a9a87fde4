// Preview of a pull: one page is fetched, and what would be written of it is shown. Writes nothing.

import { counted } from "../shared/counted";
import { call, error_box } from "../shared/events";
import { code_block, form_link, html, muted, pill, pretty, table } from "../shared/html";
import { readable } from "../shared/values";

const ACTIONS = {
	create: ["green", () => __("Would be created")],
	update: ["blue", () => __("Would be updated")],
	same: ["gray", () => __("Nothing would change")],
	hold: ["yellow", () => __("Would be held for review")],
	wait: ["orange", () => __("Would wait for its creation")],
	ignore: ["gray", () => __("Would be ignored")],
	older: ["gray", () => __("Older than what is here")],
	cancel: ["orange", () => __("Would be cancelled")],
	remove: ["orange", () => __("Tells that it is gone")],
	fail: ["red", () => __("Would fail")],
};

export async function open_pull_preview(frm) {
	const { integration, pull_path } = frm.doc;
	if (!integration || !pull_path)
		frappe.throw(__("Choose the account and enter a path on the tab Pull first."));
	const dialog = erp_connect.dialog({
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
			? error_box(__("Fetched and tried. Nothing of it has been kept."), verdict_colour(shown))
			: error_box(shown.message)}
		<p class="mb-2"><code style="overflow-wrap: anywhere">${shown.called}</code></p>
		${facts(shown)} ${problems_html(shown.problems)} ${shown.answer && code_block(pretty(shown.answer))}
		${records_html(document_type, shown.records, shown.count)}
	</div>`;
}

/** Green only where nothing of what was tried goes wrong. */
export function verdict_colour({ records, problems }) {
	const worst = records.flatMap(({ action, warning }) => [ACTIONS[action]?.[0], warning && "orange"]);
	if (problems?.length || worst.includes("red")) return "red";
	return worst.some((colour) => ["orange", "yellow"].includes(colour)) ? "orange" : "green";
}

/** Why the flow cannot be saved; the messages are safe HTML. */
export function problems_html(problems) {
	if (!problems?.length) return "";
	return html`<h6 class="mt-3">${__("The flow cannot be saved like this")}</h6>
		${problems.map((text) => error_box(plain(text)))}`;
}

function plain(text) {
	return new DOMParser().parseFromString(text, "text/html").body.textContent;
}

/** What would become of records, each of which can be opened; those that go wrong stand open. */
export function records_html(document_type, records, count) {
	if (!records.length) return "";
	const worst = Math.max(0, records.findIndex(({ action }) => ACTIONS[action]?.[0] === "red"));
	return html`<h6 class="mt-3">${records_title(records, count)}</h6>
		${summary(records)} ${records.map((record, i) => record_html(document_type, record, i === worst))}`;
}

function summary(records) {
	const counts = {};
	for (const { action } of records) counts[action] = (counts[action] || 0) + 1;
	return html`<p class="mb-2">
		${Object.entries(counts).map(([action, count]) => {
			const [colour, label] = ACTIONS[action] || ACTIONS.fail;
			return pill(`${label()}: ${count}`, colour);
		})}
	</p>`;
}

function facts({ status, milliseconds, count, total, more, ok }) {
	const words = [
		status ? __("Status {0}", [status]) : __("No answer"),
		__("{0} ms", [milliseconds]),
		ok && counted(count, __("1 record on this page"), __("{0} records on this page", [count])),
		total > 0 && __("{0} in all", [total]),
		ok && (more ? __("more pages follow") : __("no more pages")),
	];
	return muted(words.filter(Boolean).join(" · "));
}

function records_title(records, count) {
	return records.length < count ? __("The first {0} of them", [records.length]) : __("Records");
}

function record_html(document_type, record, open) {
	const [colour, label] = ACTIONS[record.action] || ACTIONS.fail;
	return html`<details class="border rounded px-3 py-2 mb-2" ${open ? "open" : ""}>
		<summary>
			<b style="overflow-wrap: anywhere">${record.external_id ?? __("Without an id")}</b>
			${pill(label(), colour)}
			${record.document && html`→ ${form_link(document_type, record.document)}`}
		</summary>
		<div class="mt-3">
			${error_box(record.error, colour === "red" ? "red" : "orange")} ${error_box(record.warning, "orange")}
			${versions(record)} ${done_html(record.done)} ${changes_html(record.changes)}
			<div class="row">
				<div class="col-md-6">
					<h6>${__("What ERPNext would get")}</h6>
					${record.values ? values(record.values) : muted(__("Not known, for the reason above."))}
				</div>
				<div class="col-md-6">
					<h6>${__("Record outside")}</h6>
					${code_block(record.record)}
				</div>
			</div>
		</div>
	</details>`;
}

/** Documents that would be written, where they are others than the record's own. */
function done_html(done) {
	const others = (done || []).filter(({ doctype }) => doctype);
	if (others.length < 2) return "";
	return html`<p class="mb-2">
		${others.map(({ action, doctype, name }) => {
			const [colour, label] = ACTIONS[action] || ACTIONS.fail;
			return pill([label(), __(doctype), name].filter(Boolean).join(" · "), colour);
		})}
	</p>`;
}

function changes_html(changes) {
	if (!changes?.length) return "";
	return html`<h6>${__("What would change")}</h6>
		${table(
			[__("Field"), __("Now"), __("Then")],
			changes.map(({ path, old, new: now }) => [html`<code>${path}</code>`, readable(old), readable(now)])
		)}`;
}

function versions({ version, changed }) {
	const words = [version && __("Version {0}", [version]), changed && __("Changed at {0}", [changed])];
	return words.some(Boolean) ? muted(words.filter(Boolean).join(" · ")) : "";
}

function values(given) {
	const rows = Object.entries(given || {});
	if (!rows.length) return muted(__("Nothing: no row of the tab Fields finds a value in it."));
	return table(
		[__("Field"), __("Value")],
		rows.map(([field, value]) => [html`<code>${field}</code>`, readable(value)])
	);
}
