// The health panel of an account.

import { call, log_list_path, status_pill, STATUSES } from "../shared/events";
import { refused_html, wire_refused } from "./refused";
import { code_block, desk_link, html, moment_ago, muted, table } from "../shared/html";
import { standing } from "../shared/standing";

/** Fills the HTML field `health` of an account's form. Returns what the server said. */
export async function show_health(frm) {
	const field = frm.get_field("health");
	if (frm.is_new()) {
		field.html(String(muted(__("Save the account to see how it is doing."))));
		return null;
	}
	const account = frm.docname;
	const health = await call("accounts.health", { account });
	if (frm.docname !== account) return null;
	field.html(String(panel(frm.doc, health)));
	wire_refused(frm, field.$wrapper);
	return health;
}

function panel(doc, health) {
	return html`<div class="erp-connect-health">
		${(health.warnings || []).map(
			(warning) => html`<div class="form-message orange mb-3" role="status">${warning}</div>`
		)}
		${counts(doc.name, health.counts || {})}
		${table(
			[
				__("Status"),
				__("Failures in a row"),
				__("Oldest waiting"),
				__("Last success"),
				__("Last failure"),
			],
			[
				[
					[standing(health), (health.also || []).map((text) => html`<div>${text}</div>`)],
					health.failures || 0,
					duration(health.oldest_seconds),
					moment_ago(health.last_success),
					moment_ago(health.last_failure),
				],
			]
		)}
		${health.last_error &&
		html`<h6 class="mt-3">${__("Last failure said")}</h6>
			${code_block(health.last_error)}`}
		${refused_html(health.refused, frappe.perm.has_perm("Integration Settings", 0, "write", doc))}
	</div>`;
}

function counts(account, by_status) {
	const shown = STATUSES.filter((status) => by_status[status]);
	if (!shown.length) return muted(__("No events yet. They appear when a document of a flow is saved."));
	return html`<p class="mb-3">
		${shown.map(
			(status) =>
				html`<span class="mr-3" style="white-space: nowrap"
					>${desk_link(log_list_path({ integration: account, status }), [
						status_pill(status),
						html`<span class="ml-1">${by_status[status]}</span>`,
					])}</span
				> `
		)}
	</p>`;
}

function duration(seconds) {
	if (!seconds) return __("None");
	return seconds < 60
		? __("{0} seconds", [seconds])
		: frappe.utils.get_formatted_duration(seconds, { hide_seconds: seconds > 3600 });
}
