// Figures as people read them, and numbers that lead to the events behind them.

import { log_list_path } from "./events";
import { desk_link, html } from "./html";

/** The states of what goes on by itself, as a filter in an address. */
export const GOING_ON = JSON.stringify(["in", "Queued,Sending,Retrying,Received,Processing"]);

/** A number of events with its label; `filters`: of the list that it leads to. */
export function number(label, count, filters) {
	if (!count) return html`<span class="text-muted">${label} 0</span>`;
	return html`<span>${desk_link(log_list_path(filters), [label, " ", html`<b>${count}</b>`])}</span>`;
}

/** How long something waits; "–" where nothing does. */
export function age(seconds) {
	if (!seconds) return "–";
	if (seconds < 60) return __("{0} seconds", [seconds]);
	return frappe.utils.get_formatted_duration(seconds, { hide_seconds: seconds > 3600 });
}

/** How long something took. */
export function took(seconds) {
	return seconds < 1
		? __("{0} ms", [Math.round(seconds * 1000)])
		: __("{0} s", [format_number(seconds, null, 1)]);
}
