// The workspace at a glance; asked for again while it is looked at.

import { call } from "../shared/events";
import { html, muted } from "../shared/html";
import { accounts_html } from "./accounts";
import { onboarding_begins } from "./onboarding";
import { waits_html } from "./waits";

const EVERY = 60_000;

/** Draws the overview into an element, and anew each minute while the element is shown. */
export async function show_overview(element) {
	const found = await call("dashboard.overview");
	if (!element.isConnected) return;
	draw(element, found);
	setTimeout(() => look_again(element), EVERY);
}

function look_again(element) {
	if (!element.isConnected) return;
	if (document.hidden || !element.offsetParent) setTimeout(() => look_again(element), EVERY);
	else show_overview(element);
}

function draw(element, { accounts, waits, warnings, may_connect }) {
	element.innerHTML = String(html`<div class="erp-connect-overview">
		${warnings.map((text) => html`<div class="form-message red mb-3" role="alert">${text}</div>`)}
		${accounts.length ? [waits_html(waits, accounts), accounts_html(accounts, may_connect)] : empty(may_connect)}
		${accounts.length && may_connect ? connect_button("btn-default") : ""}
	</div>`);
	const $element = $(element);
	$element.find("[data-connect]").on("click", connect);
	$element.find("[data-resume]").on("click", ({ currentTarget }) => resume(element, currentTarget.dataset.resume));
	$element.find("[data-reason]").on("click", ({ currentTarget }) => {
		const { names } = waits.reasons[currentTarget.dataset.reason];
		frappe.set_route("List", "Sync Log", { name: ["in", names] });
	});
}

function connect_button(kind) {
	return html`<button type="button" class="btn btn-sm ${kind} mt-3" data-connect="1">
		${__("Connect a System")}
	</button>`;
}

/** Nothing is connected yet: what this is for, and the way to begin, which the onboarding says where it is shown. */
function empty(may_connect) {
	if (may_connect && onboarding_begins()) return "";
	return html`<div class="text-center border rounded p-5">
		<h4>${__("Nothing is connected yet")}</h4>
		<p class="text-muted">
			${__(
				"Choose a shop, a payment provider or any other system with an API, enter what is your own, and switch on what is to go across."
			)}
		</p>
		${may_connect
			? connect_button("btn-primary")
			: muted(__("An Integration Manager connects a system; what happens then is shown here."))}
	</div>`;
}

/** Sends again. The cause stands beside the button, and is asked for, as it would stop at once otherwise. */
function resume(element, account) {
	frappe.confirm(__("Is the cause of the pause corrected? {0} goes on at once.", [frappe.utils.escape_html(account)]), async () => {
		await call("accounts.resume", { account }, { freeze: true });
		draw(element, await call("dashboard.overview"));
	});
}

async function connect() {
	await erp_connect.load("connect");
	erp_connect.connect_system();
}
