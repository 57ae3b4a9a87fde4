// The section "Sync" in the form of any document of a flow: where it is linked, how it went lately.

import { call, event_label, log_list_path, status_pill } from "./events";
import { desk_link, form_link, form_path, html, moment_ago, outside_link, pill, table } from "./html";
import { add_link_entry, may_link } from "./link";
import { load } from "./load";
import { add_offers_button } from "./offers";
import { exemption_label } from "./states";

const CSS_CLASS = "erp-connect-sync";
// What Frappe 15 and 16 have last in the sidebar of a form: who changed and made the document.
const ABOVE_WHICH = ".form-sidebar :is(.form-sidebar-stats, .sidebar-section:has(.modified-by))";

$(document).on("form-refresh", (event, frm) => refresh(frm));

async function refresh(frm) {
	const { doctypes = [], parcels = [] } = frappe.boot.erp_connect || {};
	if (parcels.includes(frm.doctype)) load("parcels").then(() => erp_connect.show_parcels(frm, beside));
	if (!doctypes.includes(frm.doctype) || frm.is_new()) return;
	add_link_entry(frm);
	add_offers_button(frm);
	const name = frm.docname;
	const state = await call("events.document_state", { doctype: frm.doctype, name });
	// While the answer was on its way, the form may have gone on to another document.
	if (frm.docname !== name) return;
	$(frm.wrapper).find(`.${CSS_CLASS}`).remove();
	const flows = state?.flows || [];
	if (flows.length) frm.page.add_menu_item(__("Sync Now"), () => act("sync_now", frm, flows));
	if (!state) return;
	if (may_link())
		frm.page.add_menu_item(__("Skip or Pin…"), () => act("exempt_document", frm, state.exemptions));
	if (!(state.links.length || state.events.length || state.exemptions.length)) return;
	frm.dashboard.add_section(String(body(frm, state)), __("Sync"), `custom ${CSS_CLASS}`);
	frm.dashboard.show();
	beside(frm, summary(state));
	$(frm.wrapper).find("[data-sync-now]").on("click", () => act("sync_now", frm, flows));
}

/** The dashboard may be a tab of its own. */
function beside(frm, markup) {
	$(frm.wrapper).find(ABOVE_WHICH).first().before(String(markup));
}

async function act(action, frm, known) {
	await load("document_actions");
	erp_connect[action](frm, known);
}

function summary({ links, events, held, flows, exemptions }) {
	return html`<div class="${CSS_CLASS} sidebar-section mt-3 mb-3 small">
		<div class="text-muted mb-1">${__("Sync")}</div>
		${held.map(
			(name) =>
				html`<div class="mb-1">
					${desk_link(form_path("Sync Log", name), pill(__("Both sides changed"), "yellow"))}
				</div>`
		)}
		${accounts_of(links, events, exemptions).map((account) => summary_line(account, links, events, exemptions))}
		${flows.length > 0 &&
		html`<button type="button" class="btn btn-xs btn-default" data-sync-now>${__("Sync Now")}</button>`}
	</div>`;
}

function summary_line(account, links, events, exemptions) {
	const exempt = exemptions.filter((one) => one.integration === account);
	const latest = events.find((event) => event.integration === account);
	const link = links.find((row) => row.integration === account);
	return html`<div class="mb-1" style="overflow-wrap: anywhere">
		${exempt.map(({ name, rule }) => desk_link(form_path("Sync Exemption", name), pill(exemption_label(rule), "orange")))}
		${latest && !exempt.length && desk_link(form_path("Sync Log", latest.name), status_pill(latest.status))} ${account}
		${link?.external_id && html`<span class="text-muted">${linked_id(link)}</span>`}
	</div>`;
}

function accounts_of(...rows) {
	return [...new Set(rows.flat().map((row) => row.integration))];
}

function body(frm, { links, events, held, exemptions }) {
	const accounts = accounts_of(links, events, exemptions);
	const history = log_list_path({
		reference_doctype: frm.doctype,
		reference_name: frm.docname,
	});
	return html`${held.map(conflict)}
		${table(
			[
				__("Account"),
				__("Outside id"),
				__("Last sent"),
				__("Last received"),
				__("Last event"),
				__("Message"),
			],
			accounts.flatMap((account) => account_rows(account, links, events))
		)}
		<p class="small mb-0">${desk_link(history, __("Show all events of this document"))}</p>`;
}

function conflict(name) {
	const text = __(
		"This document was changed here and outside. Nothing was written: decide which version stands."
	);
	return html`<div class="form-message yellow mb-3" role="status">
		${text} ${form_link("Sync Log", name, __("Decide"))}
	</div>`;
}

function account_rows(account, links, events) {
	const latest = events.find((event) => event.integration === account);
	const own = links.filter((link) => link.integration === account);
	return (own.length ? own : [null]).map((link, i) => [
		i ? "" : form_link("Integration Settings", account),
		link ? linked_id(link) : html`<span class="text-muted">${__("Not linked")}</span>`,
		link ? moment_ago(link.last_sent) : "–",
		link ? moment_ago(link.last_received) : "–",
		latest && !i ? last_event(latest) : "",
		latest && !i ? latest.error : "",
	]);
}

function linked_id(link) {
	const label = link.external_id || __("Sent, no id returned");
	return link.external_url ? outside_link(link.external_url, label) : html`${label}`;
}

function last_event(event) {
	return html`${status_pill(event.status)} ${form_link("Sync Log", event.name, event_label(event.event))}
	${moment_ago(event.creation)}`;
}
