// One card for each account: how it stands in words, and numbers that lead to the events behind them.

import { log_list_path } from "../shared/events";
import { desk_link, form_link, html, moment_ago } from "../shared/html";
import { standing } from "../shared/standing";

export function accounts_html(accounts, may_steer) {
	return html`<h5 class="mt-4 mb-2">${__("Connected Accounts")}</h5>
		<div style="display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 0.75rem">
			${accounts.map((account) => card(account, may_steer))}
		</div>`;
}

function card(account, may_steer) {
	return html`<div class="border rounded p-3" data-account="${account.name}" style="overflow-wrap: anywhere">
		<div class="mb-2">
			<b>${form_link("Integration Settings", account.name)}</b>
			${account.system && html`<span class="text-muted small">${account.system}</span>`}
		</div>
		<div class="mb-2">${standing(account)}</div>
		${may_steer &&
		account.health === "paused" &&
		html`<button type="button" class="btn btn-xs btn-default mb-2" data-resume="${account.name}">
			${__("Resume")}
		</button>`}
		${account.details.map((text) => html`<div class="small text-muted mb-1">${text}</div>`)}
		<div class="small d-flex flex-wrap" style="gap: 0.25rem 1rem">
			${number(__("Failed"), account.failed, { integration: account.name, status: "Failed" })}
			${number(__("Held"), account.held, { integration: account.name, status: "On Hold" })}
			${number(__("Waiting"), account.waiting, {
				integration: account.name,
				status: JSON.stringify(["in", "Queued,Sending,Retrying,Received,Processing"]),
			})}
			<span>${__("Success in 24 hours")} <b>${rate(account)}</b></span>
			<span>${__("Oldest waiting")} <b>${age(account.oldest_seconds)}</b></span>
			${slowest(account.slowest)}
			<span>${__("Last success")} ${account.last_success ? moment_ago(account.last_success) : "–"}</span>
		</div>
	</div>`;
}

function number(label, count, filters) {
	if (!count) return html`<span class="text-muted">${label} 0</span>`;
	return html`<span>${desk_link(log_list_path(filters), [label, " ", html`<b>${count}</b>`])}</span>`;
}

function slowest(found) {
	if (!found) return "";
	const seconds =
		found.seconds < 1
			? __("{0} ms", [Math.round(found.seconds * 1000)])
			: __("{0} s", [format_number(found.seconds, null, 1)]);
	const title = __("95 % of {0} requests of the last 24 hours were answered within this time", [found.count]);
	return html`<span title="${title}"
		>${__("Slowest")} <code>${found.endpoint}</code> <b>${seconds}</b></span
	>`;
}

function rate({ done, wrong }) {
	if (!done && !wrong) return "–";
	const part = done / (done + wrong);
	// Never rounded up to all.
	const percent = wrong ? Math.min(99.9, Math.floor(part * 1000) / 10) : 100;
	return `${format_number(percent, null, percent % 1 ? 1 : 0)} %`;
}

function age(seconds) {
	if (!seconds) return "–";
	if (seconds < 60) return __("{0} seconds", [seconds]);
	return frappe.utils.get_formatted_duration(seconds, { hide_seconds: seconds > 3600 });
}
