// Webhooks of an account that were refused: how many, why, and how to begin anew.

import { call } from "../shared/events";
import { html, moment_ago, table } from "../shared/html";

/** The table, or nothing where none was refused. rows: `refused` of accounts.health. */
export function refused_html(rows, may_forget) {
	if (!rows?.length) return "";
	return html`<div class="erp-connect-refused mt-3">
		<h6>${__("Webhooks that were refused")}</h6>
		${table(
			[__("How many"), __("Last one"), __("Why")],
			rows.map(({ count, last, words }) => [count, moment_ago(last), sentence(words)])
		)}
		${may_forget &&
		html`<button type="button" class="btn btn-xs btn-default" data-forget-refused>
			${__("Count Anew")}
		</button>`}
	</div>`;
}

function sentence(words) {
	return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Makes the button of `refused_html` work. */
export function wire_refused(frm, $wrapper) {
	$wrapper.find("[data-forget-refused]").on("click", async () => {
		await call("accounts.forget_refused", { account: frm.docname });
		frm.reload_doc();
	});
}
