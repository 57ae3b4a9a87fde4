// The states of an event (Sync Log): their colours, and what a person may do in each of them.

import { html, pill } from "./html";

const COLOURS = {
	Queued: "blue",
	Sending: "blue",
	Delivered: "green",
	Retrying: "orange",
	Failed: "red",
	Skipped: "gray",
	Superseded: "gray",
	Cancelled: "gray",
	"On Hold": "yellow",
	Received: "blue",
	Processing: "blue",
	Processed: "green",
};

// As in erp_connect/operate/replay.py, which has the last word.
const ACTIONS = {
	retry: ["Failed", "Retrying", "Skipped", "Cancelled", "On Hold"],
	replay: ["Delivered", "Failed", "Superseded"],
	cancel: ["Queued", "Retrying", "On Hold", "Failed"],
};

// Of what came in: a call of the API is repeated by its caller.
const RECEIVED = { retry: ["webhook", "pull", "pull_run"], cancel: ["webhook", "pull"] };
const EVENTS = {
	pull: () => __("Fetched"),
	pull_run: () => __("Pull"),
	load_run: () => __("Load"),
	bulk_upsert: () => __("Bulk Upsert"),
};

// Events in one call, when many are retried or skipped.
const AT_ONCE = 100;

export const STATUSES = Object.keys(COLOURS);
export const WAITING = ["Queued", "Sending", "Retrying", "On Hold", "Received", "Processing"];

export function colour(status) {
	return COLOURS[status] || "gray";
}

export function status_pill(status) {
	return pill(__(status), colour(status));
}

export function may(action, event) {
	if (!ACTIONS[action].includes(event.status)) return false;
	if (event.direction === "Incoming")
		// Where both sides changed, a person chooses a side.
		return Boolean(RECEIVED[action]?.includes(event.event)) && !(action === "cancel" && event.conflict);
	// Sent again is what was sent before: there must be something.
	return action !== "replay" || Boolean(event.method);
}

/** `update_after_submit` → "Update After Submit", translated. */
export function event_label(event) {
	return EVENTS[event]?.() || __(frappe.model.unscrub(event || ""));
}

/** What an event is about, in words: its document, else the record that came, else what kind of event it is. */
export function title(event) {
	if (event.reference_name)
		return [event.reference_name, __(event.reference_doctype || "")].filter(Boolean).join(" · ");
	const kind = event.topic || event_label(event.event);
	return [kind, event.external_id || event.field_mapping].filter(Boolean).join(" · ");
}

/** The kind of an event with its direction, as an arrow that a screen reader reads as a word. */
export function direction(event) {
	const incoming = event.direction === "Incoming";
	return html`<span role="img" title="${__(event.direction)}" aria-label="${__(event.direction)}"
		>${incoming ? "←" : "→"}</span
	>`;
}

export function log_list_path(filters) {
	return `/app/sync-log?${new URLSearchParams(filters)}`;
}

/** Asks before a replay puts the other side back to an older state. Resolves to 1 if a person wants that, else to 0. */
async function include_older(names) {
	const older = await call("events.older_than_sent", { names });
	if (!older) return 0;
	const question = __(
		"{0} of {1} events were overtaken: the other side has a newer state of the document, or they were sent once more already. Send these older ones as well?",
		[older, names.length]
	);
	return new Promise((resolve) =>
		frappe.confirm(
			question,
			() => resolve(1),
			() => resolve(0)
		)
	);
}

/** Calls a method for so many names at a time, and shows how far it is. Returns what each call answered. */
async function in_parts(method, names, args) {
	const answers = [];
	for (let start = 0; start < names.length; start += AT_ONCE) {
		const part = names.slice(start, start + AT_ONCE);
		answers.push(await call(method, { ...args, names: part }, { freeze: names.length <= AT_ONCE }));
		if (names.length > AT_ONCE)
			frappe.show_progress(__("Events"), start + part.length, names.length, "", true);
	}
	return answers;
}

/** Calls retry, replay or cancel for `names` and says how many events it took. `args`: a note, for cancel. */
export async function act(action, names, args = {}) {
	const older = action === "replay" ? { older: await include_older(names) } : {};
	const done = (await in_parts(`events.${action}`, names, { ...args, ...older })).flat();
	const count = action === "replay" ? done.length : done.reduce((sum, one) => sum + one, 0);
	const one = count === 1 && names.length === 1;
	const words = {
		retry: one ? __("The event is queued again.") : __("{0} of {1} events queued again.", [count, names.length]),
		replay: one ? __("The event will be sent once more.") : __("{0} of {1} events will be sent once more.", [count, names.length]),
		cancel: one ? __("The event is skipped.") : __("{0} of {1} events skipped.", [count, names.length]),
	};
	frappe.show_alert({ message: words[action], indicator: count < names.length ? "orange" : "green" });
	return done;
}

/** One whitelisted method of this app; the answer itself, or an exception after Frappe showed the error. */
export async function call(method, args = {}, options = {}) {
	const answer = await frappe.call({ method: `erp_connect.api.${method}`, args, ...options });
	return answer.message;
}

export function error_box(text, colour_name = "red") {
	return text
		? html`<div class="form-message ${colour_name} mb-3" role="status" style="overflow-wrap: anywhere">
				${text}
		  </div>`
		: "";
}
