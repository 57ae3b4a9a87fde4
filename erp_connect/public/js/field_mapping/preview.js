// Preview of a flow: what would be sent for a document, and what is new in it. Sends nothing.

import { call, error_box, event_label } from "../shared/events";
import { code_block, html, muted, pill, pretty, table } from "../shared/html";

const REASONS = {
	document_deleted: () =>
		__("Nothing would be sent: the document does not exist, or the account's user may not see it."),
	no_request_for_event: () =>
		__("Nothing would be sent: no row of the table Requests is for this event. Add one."),
	exempt: () => __("Nothing would be sent: a person skipped this document or pinned it outside."),
	condition_not_met: () =>
		__("Nothing would be sent: the condition in “Only if” is not true for this document."),
	nothing_changed: () => __("Nothing would be sent: no mapped field has changed since the last delivery."),
};

export async function open_preview(frm) {
	const { document_type, integration, requests } = frm.doc;
	if (!document_type || !integration) frappe.throw(__("Choose the account and the document type first."));
	const events = [...new Set((requests || []).map((row) => row.event).filter(Boolean))];
	const dialog = erp_connect.dialog({
		title: __("Preview"),
		size: "extra-large",
		fields: [
			{
				fieldname: "document",
				fieldtype: "Link",
				options: document_type,
				label: __(document_type),
				reqd: 1,
				onchange: () => run(frm, dialog),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "event",
				fieldtype: "Select",
				label: __("Event"),
				options: (events.length ? events : ["Update"]).map((event) => ({
					label: __(event),
					value: frappe.scrub(event),
				})),
				default: frappe.scrub(events.includes("Update") ? "Update" : events[0] || "Update"),
				onchange: () => run(frm, dialog),
			},
			{ fieldtype: "Section Break" },
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Preview"),
		primary_action: () => run(frm, dialog),
	});
	dialog.show();
	dialog.get_field("result").html(String(muted(__("Nothing is sent and nothing is saved."))));
	const [latest] = await frappe.db.get_list(document_type, { limit: 1, order_by: "modified desc" });
	if (latest && !dialog.get_value("document")) dialog.set_value("document", latest.name);
}

async function run(frm, dialog) {
	const { document, event } = dialog.get_values(true);
	if (!document || !event) return;
	const question = `${document}\n${event}`;
	dialog.erp_connect_question = question;
	const mapping = JSON.stringify(frm.doc);
	const result = dialog.get_field("result");
	try {
		const shown = await call("flows.preview", { mapping, document, event });
		if (dialog.erp_connect_question === question) result.html(String(preview_html(shown)));
	} catch {
		// Frappe has shown the message; what stands here belongs to another question.
		result.html(String(muted(__("No preview. Correct what the message says, then press Preview."))));
	}
}

function preview_html(shown) {
	const verdict = shown.sends
		? error_box(__("This would be sent. Nothing has been sent by this preview."), "green")
		: error_box(REASONS[shown.reason]?.() || shown.told || shown.reason, "orange");
	return html`<div class="erp-connect-preview">
		${verdict} ${facts(shown)}
		${shown.steps && steps(shown)}
		${shown.method &&
		html`<h6 class="mt-3">${__("Request")}</h6>
			<p class="mb-2"><code style="overflow-wrap: anywhere">${shown.method} ${shown.url}</code></p>
			${headers(shown.headers)}
			${payload(shown)} ${changes(shown.changes || [])}`}
	</div>`;
}

function steps({ steps, written_back }) {
	return html`<h6 class="mt-3">${__("Requests, one after the other")}</h6>
		${muted(__("Values that come from the answer to another step are left out."))}
		${steps.map(step_html)}
		${written_back.length > 0 &&
		html`<h6 class="mt-3">${__("Then written back into the document")}</h6>
			${table(
				[__("Field or file"), __("Value")],
				written_back.map(({ into, value }) => [into, html`<code>${value}</code>`])
			)}`}`;
}

function step_html({ step, condition, method, url, open, body, content_type }) {
	return html`<div class="border rounded px-3 py-2 mb-2">
		<p class="mb-1">
			<b>${step}</b> · <code style="overflow-wrap: anywhere">${method} ${url}</code>
		</p>
		${condition && html`<p class="mb-1 small">${__("Only if")} <code>${condition}</code></p>`}
		${open
			? muted(__("Known once the steps before it have been answered: {0}", [open]))
			: payload({ body, content_type })}
	</div>`;
}

function facts({ condition, linked, external_id, operation }) {
	return html`<p class="mb-2">
		${condition !== undefined &&
		pill(condition ? __("Condition met") : __("Condition not met"), condition ? "green" : "orange")}
		${pill(
			linked ? __("Linked: {0}", [external_id || "–"]) : __("Not linked yet"),
			linked ? "blue" : "gray"
		)}
		${operation && pill(event_label(operation), "gray")}
	</p>`;
}

function headers(added) {
	return Object.entries(added || {}).map(
		([name, value]) => html`<p class="mb-1"><code style="overflow-wrap: anywhere">${name}: ${value}</code></p>`
	);
}

function payload({ body, content_type }) {
	if (!body) return muted(__("No payload."));
	return html`<p class="text-muted small mb-1">${content_type}</p>
		${code_block(pretty(body))}`;
}

function changes(rows) {
	if (!rows.length) return muted(__("Same payload as last delivered."));
	return html`<h6 class="mt-3">${__("Against what was last delivered")}</h6>
		${table(
			[__("Outside field"), __("Before"), __("Now")],
			rows.map(({ path, old, new: now }) => [html`<code>${path}</code>`, value(old), value(now)])
		)}`;
}

function value(given) {
	if (given === null || given === undefined) return html`<span class="text-muted">–</span>`;
	return typeof given === "object" ? JSON.stringify(given) : String(given);
}
