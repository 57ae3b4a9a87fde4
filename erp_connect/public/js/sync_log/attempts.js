// What the form of an event shows: its message with what to do, its request, and what happened as a timeline.

import { error_box, event_label, may, outcome_label, status_pill } from "../shared/events";
import { html, moment_ago, muted, table } from "../shared/html";
import { changes_html } from "./changes";
import { content_block } from "./pretty";

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
const DOTS = { delivered: "green", retry: "orange", throttle: "orange", pause: "orange", nothing: "gray" };

export function outcome_html(doc) {
	const colour_name = doc.status === "Failed" ? "red" : "orange";
	const advice = doc.__onload?.advice;
	const next = next_step(doc, advice);
	return String(
		html`${error_box(doc.error, colour_name)} ${advice && html`<p class="mb-2">${advice}</p>`} ${next && muted(next)}`
	);
}

/** What happens to it from now on. `advice`: whether what to do is said besides. */
function next_step(doc, advice) {
	if (doc.status === "Failed" && advice) return __("Nothing more happens by itself.");
	if (doc.status === "Failed" && may("retry", doc))
		return __("Nothing more happens by itself. Correct the cause, then press Retry.");
	if (doc.status === "Failed") return __("Its sender was told, and repeats it.");
	if (doc.status === "On Hold" && doc.conflict) return __("Choose above which version stands.");
	if (doc.status === "On Hold") return __("Waits for a person.");
	if (doc.status === "Retrying" && doc.next_attempt)
		return __("The next attempt is at {0}.", [frappe.datetime.str_to_user(doc.next_attempt)]);
	if (doc.status === "Superseded" && doc.direction === "Incoming")
		return __("A later state of the same record came in.");
	if (doc.status === "Superseded") return __("A later change of the same document was sent instead.");
	if (doc.status === "Skipped") return __("Nothing had to be sent.");
	if (doc.status === "Cancelled") return __("Nothing is done about it, unless somebody presses Retry.");
	return "";
}

export function request_html(doc) {
	if (!doc.method)
		return String(
			muted(
				["Failed", "Skipped", "Cancelled", "Superseded"].includes(doc.status)
					? __("No request was built.")
					: __("The request is built when the event is sent.")
			)
		);
	return String(html`<p class="mb-2">
			<code style="overflow-wrap: anywhere">${doc.method} ${doc.path}</code>
		</p>
		${doc.request_body ? content_block(doc.request_body) : muted(__("No payload."))}`);
}

/** What happened to an event, the oldest first: when it was recorded, its tries, and how it stands. */
export async function timeline_html(doc) {
	const attempts = await frappe.db.get_list("Sync Attempt", {
		filters: { sync_log: doc.name },
		fields: FIELDS,
		order_by: "started desc",
		limit: SHOWN,
	});
	attempts.reverse();
	const incoming = doc.direction === "Incoming";
	const begun = incoming ? __("Came in") : __("Recorded: {0}", [event_label(doc.event)]);
	return String(html`<ol class="list-unstyled mb-0 erp-connect-timeline" aria-label="${__("What happened")}">
		${entry("blue", html`${begun} · ${moment_ago(doc.creation)}`)}
		${attempts.map((attempt, i) => entry(dot(attempt), attempt_html(attempt, attempts[i - 1])))}
		${incoming && doc.last_attempt && entry("blue", html`${__("Worked off")} · ${moment_ago(doc.last_attempt)}`)}
		${entry(erp_connect.events.colour(doc.status), end(doc, attempts.length))}
	</ol>`);
}

function entry(colour, content) {
	return html`<li class="d-flex">
		<span class="indicator ${colour} mr-2 mt-1" aria-hidden="true" style="flex: none; align-self: flex-start"></span>
		<div class="pb-2 flex-grow-1" style="min-width: 0">${content}</div>
	</li>`;
}

function end(doc, tries) {
	const reason = outcome_label(doc.outcome);
	const next =
		doc.status === "Retrying" && doc.next_attempt
			? __("next attempt at {0}", [frappe.datetime.str_to_user(doc.next_attempt)])
			: "";
	const unsent = !tries && doc.direction === "Outgoing" && doc.status === "Queued" ? __("not sent yet") : "";
	return html`${status_pill(doc.status)} ${[reason, next, unsent].filter(Boolean).join(" · ")}`;
}

function dot({ outcome }) {
	return DOTS[outcome] || "red";
}

function attempt_html(attempt, before) {
	const status = attempt.response_status || __("no answer");
	const label = attempt.outcome === "delivered" ? __("Delivered") : event_label(attempt.outcome);
	return html`<details class="border rounded px-3 py-2">
		<summary>
			<b>${__("Attempt {0}", [attempt.attempt])}</b> · ${attempt.step && html`${attempt.step} · `}${label} · ${status} ·
			${__("{0} ms", [attempt.duration_ms])} ·
			<span class="text-muted">${moment_ago(attempt.started)}</span>
		</summary>
		<div class="mt-3">
			${error_box(attempt.error, attempt.outcome === "delivered" ? "blue" : "red")}
			${before && before.step === attempt.step && changes_html(before.request_body, attempt.request_body)}
			<h6>${__("Request")}</h6>
			<p class="mb-2"><code style="overflow-wrap: anywhere">${attempt.method} ${attempt.url}</code></p>
			${headers_table(attempt.request_headers)}
			${attempt.request_body ? content_block(attempt.request_body) : muted(__("No payload."))}
			<h6>${__("Answer")}</h6>
			${headers_table(attempt.response_headers)}
			${attempt.response_body ? content_block(attempt.response_body) : muted(__("Empty."))}
		</div>
	</details>`;
}

function headers_table(text) {
	let headers;
	try {
		headers = Object.entries(JSON.parse(text || "{}"));
	} catch {
		return content_block(text);
	}
	return headers.length
		? table(
				[__("Header"), __("Value")],
				headers.map(([k, v]) => [k, String(v)])
		  )
		: "";
}
