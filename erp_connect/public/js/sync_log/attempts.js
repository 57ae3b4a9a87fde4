// What the form of an event shows: its message, its request, and every try with request and answer.

import { error_box, event_label, may } from "../shared/events";
import { code_block, html, moment_ago, muted, pretty, table } from "../shared/html";

const SHOWN = 50;
const FIELDS = [
	"name",
	"attempt",
	"step",
	"started",
	"duration_ms",
	"outcome",
	"response_status",
	"error",
	"method",
	"url",
	"request_headers",
	"request_body",
	"response_headers",
	"response_body",
];

export function outcome_html(doc) {
	const colour_name = doc.status === "Failed" ? "red" : "orange";
	const advice = next_step(doc);
	return String(html`${error_box(doc.error, colour_name)} ${advice && muted(advice)}`);
}

function next_step(doc) {
	if (doc.status === "Failed" && may("retry", doc))
		return __("Nothing more happens by itself. Correct the cause, then press Retry.");
	if (doc.status === "Failed") return __("Its sender was told, and repeats it.");
	if (doc.status === "On Hold" && doc.conflict) return __("Choose above which version stands.");
	if (doc.status === "On Hold") return __("Waits for a person.");
	if (doc.status === "Retrying" && doc.next_attempt)
		return __("The next try is at {0}.", [frappe.datetime.str_to_user(doc.next_attempt)]);
	if (doc.status === "Superseded" && doc.direction === "Incoming")
		return __("A later state of the same record came in.");
	if (doc.status === "Superseded") return __("A later change of the same document was sent instead.");
	return "";
}

export function request_html(doc) {
	if (!doc.method) return String(muted(__("The request is built when the event is sent.")));
	return String(html`<p class="mb-2">
			<code style="overflow-wrap: anywhere">${doc.method} ${doc.path}</code>
		</p>
		${doc.request_body ? code_block(pretty(doc.request_body)) : muted(__("No payload."))}`);
}

/** The table of tries, newest first. */
export async function attempts_html(sync_log) {
	const attempts = await frappe.db.get_list("Sync Attempt", {
		filters: { sync_log },
		fields: FIELDS,
		order_by: "started desc",
		limit: SHOWN,
	});
	if (!attempts.length) return String(muted(__("Not tried yet.")));
	return String(html`${attempts.map(attempt_html)}`);
}

function attempt_html(attempt) {
	const status = attempt.response_status || __("no answer");
	const label = attempt.outcome === "delivered" ? __("Delivered") : event_label(attempt.outcome);
	return html`<details class="border rounded px-3 py-2 mb-2">
		<summary>
			<b>${__("Try {0}", [attempt.attempt])}</b> · ${attempt.step && html`${attempt.step} · `}${label} · ${status} ·
			${__("{0} ms", [attempt.duration_ms])} ·
			<span class="text-muted">${moment_ago(attempt.started)}</span>
		</summary>
		<div class="mt-3">
			${error_box(attempt.error, attempt.outcome === "delivered" ? "blue" : "red")}
			<h6>${__("Request")}</h6>
			<p class="mb-2"><code style="overflow-wrap: anywhere">${attempt.method} ${attempt.url}</code></p>
			${headers_table(attempt.request_headers)}
			${attempt.request_body ? code_block(pretty(attempt.request_body)) : muted(__("No payload."))}
			<h6>${__("Answer")}</h6>
			${headers_table(attempt.response_headers)}
			${attempt.response_body ? code_block(pretty(attempt.response_body)) : muted(__("Empty."))}
		</div>
	</details>`;
}

function headers_table(text) {
	let headers;
	try {
		headers = Object.entries(JSON.parse(text || "{}"));
	} catch {
		return code_block(text);
	}
	return headers.length
		? table(
				[__("Header"), __("Value")],
				headers.map(([k, v]) => [k, String(v)])
		  )
		: "";
}
