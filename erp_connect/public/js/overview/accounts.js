// One card for each account: how it stands in words, and numbers that lead to the events behind them.

import { age, GOING_ON, number, took } from "../shared/figures";
import { form_link, html, moment_ago } from "../shared/html";
import { standing } from "../shared/standing";

/** `more`: what a card says besides, by its account. */
export function accounts_html(accounts, may_steer, more = () => "") {
	return html`<h5 class="mt-4 mb-2">${__("Connected Accounts")}</h5>
		<div style="display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 0.75rem">
			${accounts.map((account) => card(account, may_steer, more(account)))}
		</div>`;
}

function card(account, may_steer, more) {
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
				status: GOING_ON,
			})}
			<span>${__("Success in 24 hours")} <b>${rate(account)}</b></span>
			<span>${__("Oldest waiting")} <b>${age(account.oldest_seconds)}</b></span>
			${slowest(account.slowest)}
			<span>${__("Last success")} ${account.last_success ? moment_ago(account.last_success) : "–"}</span>
		</div>
		${more}
	</div>`;
}

function slowest(found) {
	if (!found) return "";
	const title = __("95 % of {0} requests of the last 24 hours were answered within this time", [found.count]);
	return html`<span title="${title}"
		>${__("Slowest")} <code>${found.endpoint}</code> <b>${took(found.seconds)}</b></span
	>`;
}

function rate({ done, wrong }) {
	if (!done && !wrong) return "–";
	const part = done / (done + wrong);
	// Never rounded up to all.
	const percent = wrong ? Math.min(99.9, Math.floor(part * 1000) / 10) : 100;
	return `${format_number(percent, null, percent % 1 ? 1 : 0)} %`;
}
