// What waits for a person: numbers that lead to where it is decided, and the reasons of what failed.

import { counted } from "../shared/counted";
import { log_list_path, outcome_label, status_pill } from "../shared/events";
import { desk_link, html, muted } from "../shared/html";

// Nothing goes across until somebody does something, or the other side answers again.
const STOPPED = ["paused", "broken", "late"];

export function waits_html(waits, accounts) {
	const sum = (field) => accounts.reduce((total, account) => total + account[field], 0);
	const failed = sum("failed");
	const held = sum("held");
	const stopped = accounts.filter(({ health }) => STOPPED.includes(health)).length;
	const numbers = [
		[stopped, counted(stopped, __("account stands still"), __("accounts stand still")), "/app/integration-settings", "red"],
		[failed, __("failed"), log_list_path({ status: "Failed" }), "red"],
		[held, __("to decide"), "/app/connect-review", "yellow"],
		[waits.differences, counted(waits.differences, __("difference"), __("differences")), "/app/sync-difference?status=Open", "orange"],
		[waits.pulls, counted(waits.pulls, __("pull in trouble"), __("pulls in trouble")), "/app/sync-cursor", "orange"],
		[waits.alerts, counted(waits.alerts, __("open alert"), __("open alerts")), "/app/sync-alert?status=Open", "red"],
	].filter(([count]) => count);
	if (!numbers.length)
		return html`<div class="border rounded p-3">
			<span class="indicator green" aria-hidden="true"></span> ${__("Nothing waits for a person.")}
		</div>`;
	return html`<h5 class="mb-2">${__("Waits for you")}</h5>
		<div class="d-flex flex-wrap mb-2" style="gap: 0.75rem">${numbers.map(tile)}</div>
		${reasons_html(waits)}`;
}

function tile([count, label, path, colour]) {
	return desk_link(
		path,
		html`<span class="border rounded px-3 py-2 d-inline-block" data-wait="${label}">
			<span class="indicator ${colour}" aria-hidden="true"></span>
			<b style="font-size: var(--text-xl)">${count}</b> ${label}
		</span>`
	);
}

function reasons_html({ reasons, more_reasons, more }) {
	if (!reasons.length) return "";
	return html`<div class="list-group mb-2">
			${reasons.map(
				(group, number) => html`<button
					type="button"
					class="list-group-item list-group-item-action small py-2"
					style="background: var(--card-bg); color: var(--text-color); border-color: var(--border-color)"
					data-reason="${number}"
				>
					<b>${group.count}</b> ${status_pill(group.status)} <b>${group.integration}</b>
					<span style="overflow-wrap: anywhere">${shortened(group.reason) || outcome_label(group.outcome)}</span>
				</button>`
			)}
		</div>
		${(more_reasons > 0 || more) && muted(__("And more: see Group by Reason in the list of events."))}`;
}

function shortened(text) {
	return text.length > 240 ? `${text.slice(0, 239)}…` : text;
}
