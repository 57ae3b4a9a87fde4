// The health of the site on one page: what has to run, what waits, and how the accounts fare. Each line leads to where
// it is looked after.

import { accounts_html } from "../overview/accounts";
import { call } from "../shared/events";
import { age, GOING_ON, number, took } from "../shared/figures";
import { desk_link, html, muted } from "../shared/html";

// On the dark theme Frappe's green dot can hardly be seen.
const BRIGHT = "--indicator-dot-green: var(--green-600)";
const NAMES = { erp_connect: "ERP Connect", frappe: "Frappe", erpnext: "ERPNext" };

/** The health on a page of Frappe. Returns what the page calls: `reload`. */
export function health_page(page) {
	page.main.html(
		String(html`<div class="erp-connect-overview erp-connect-health-page p-3">
			<div data-place="verdict" aria-live="polite"></div>
			<div data-place="parts"></div>
		</div>`)
	);
	const draw = (place, markup) => page.main.find(`[data-place="${place}"]`).html(String(markup));
	const reload = async () => {
		const found = await call("dashboard.health");
		draw("verdict", verdict(found));
		draw("parts", parts(found));
	};
	page.set_secondary_action(__("Refresh"), reload, { icon: "refresh" });
	return { reload };
}

function verdict({ status, colour, words }) {
	return html`<h4 data-status="${status}">${light(colour)} ${words}</h4>
		${muted(__("As of {0}", [frappe.datetime.str_to_user(frappe.datetime.now_datetime())]))}`;
}

function parts(found) {
	return html`${section(__("What has to run"), found.engine.map(part))}
		${section(__("What waits"), found.waiting.map(direction))}
		${found.accounts.length ? accounts_html(found.accounts, false, hour) : without_accounts()}
		${found.cut > 0 &&
		muted(__("Of the last hour the newest {0} events are counted.", [format_number(found.cut, null, 0)]))}
		${section(__("Versions"), [muted(versions(found.versions))])}`;
}

function section(title, content) {
	return html`<h5 class="mt-4 mb-2">${title}</h5>
		${content}`;
}

/** One line: what it is about, and beside it, or below on a narrow screen, how that stands. */
function line(key, colour, label, words, more = "") {
	return html`<div class="d-flex flex-wrap border-bottom py-2" style="gap: 0.25rem 1rem" data-part="${key}">
		<div style="flex: 1 1 14rem; max-width: 22rem">${light(colour)} <b>${label}</b></div>
		<div style="flex: 3 1 18rem; overflow-wrap: anywhere">
			<div>${words}</div>
			${more}
		</div>
	</div>`;
}

/** The words beside it say the same. */
function light(colour) {
	return html`<span class="indicator ${colour}" style="${BRIGHT}" aria-hidden="true"></span>`;
}

function part({ part, label, colour, words, path }) {
	return line(part, colour, path ? desk_link(path, label) : label, words);
}

function direction(found) {
	const filters = (status) => ({ direction: found.direction, status });
	const numbers = html`<div class="small d-flex flex-wrap" style="gap: 0.25rem 1rem">
		${number(__("Waiting"), found.waiting, filters(GOING_ON))}
		<span>${__("Oldest waiting")} <b>${age(found.oldest_seconds)}</b></span>
		${number(__("Failed"), found.failed, filters("Failed"))} ${number(__("Held"), found.held, filters("On Hold"))}
	</div>`;
	return line(found.direction, found.colour, __(found.direction), found.words, numbers);
}

/** What went across in the last hour, in the card of an account. */
function hour({ hour }) {
	if (!hour) return "";
	const { sent, taken_in, failed, requests, deliveries } = hour;
	const times = (label, [half, most]) => html`<div>${label} ${__("half within {0}, 95 % within {1}", [took(half), took(most)])}</div>`;
	return html`<div class="small mt-2" data-hour="1">
		<div>${__("Last hour: {0} sent, {1} taken in, {2} failed", [sent, taken_in, failed])}</div>
		${requests && times(__("Requests:"), requests)}
		${deliveries && times(__("From save to delivered:"), deliveries)}
	</div>`;
}

function without_accounts() {
	const connects = frappe.model.can_create("Integration Settings");
	return html`<h5 class="mt-4 mb-2">${__("Connected Accounts")}</h5>
		<p class="text-muted">${__("There is no account that you may see.")}</p>
		${connects && desk_link("/app/erp-connect", __("Connect a System"))}`;
}

function versions(found) {
	return Object.entries(found)
		.map(([app, version]) => `${NAMES[app]} ${version}`)
		.join(" · ");
}
