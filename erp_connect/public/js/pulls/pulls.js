// Where the pull of a flow stands, live while it runs, and the buttons that start and stop it.

import { counted } from "../shared/counted";
import { call, error_box } from "../shared/events";
import { form_link, html, moment_ago, muted, pill } from "../shared/html";
import { progress_bar } from "../shared/progress";
import { pull_runs, pull_status } from "../shared/states";
import { open_load } from "./loads";
import { left_links, left_of } from "./left";

const EVERY_MS = 5000;

/** "3 pages · 250 records · …", of the run under way or the last one. */
export function pull_counts({ pages, fetched, queued, known }) {
	return [
		counted(pages, __("1 page"), __("{0} pages", [pages || 0])),
		counted(fetched, __("1 record"), __("{0} records", [fetched || 0])),
		__("{0} new or changed", [queued || 0]),
		__("{0} known", [known || 0]),
	].join(" · ");
}

// The field `pull_status` of a flow -------------------------------------------

/** Fills the field `pull_status` of a flow's form and keeps it up to date. */
export async function show_pull(frm) {
	clearTimeout(frm.erp_connect_timer);
	const flow = frm.docname;
	if (frm.erp_connect_flow !== flow || !pulls(frm.doc)) {
		// What is shown belongs to another flow, or to one that pulled until now.
		frm.erp_connect_pull = null;
		frm.get_field("pull_status").html("");
	}
	frm.erp_connect_flow = flow;
	if (!pulls(frm.doc)) return;
	listen();
	const state = await pull_state(flow);
	if (frm.docname === flow) take(frm, state);
}

/** Where the pull of a flow stands, and what became of its events; null where it has none. */
export async function pull_state(flow) {
	const state = await call("pulls.state", { mapping: flow });
	return state && { ...state, flow };
}

/** Whether a flow is saved and fetches anything. */
export function pulls(doc) {
	return !doc.__islocal && doc.direction !== "Outgoing" && Boolean(doc.pull_path);
}

function take(frm, state) {
	const began_or_ended = pull_runs(frm.erp_connect_pull) !== pull_runs(state);
	frm.erp_connect_pull = state;
	frm.get_field("pull_status").html(String(panel(state)));
	if (began_or_ended) toggle_stop(frm);
	clearTimeout(frm.erp_connect_timer);
	if (pull_runs(state) || state?.events?.waiting)
		frm.erp_connect_timer = setTimeout(() => cur_frm === frm && show_pull(frm), EVERY_MS);
}

/** Progress arrives by itself where Desk has a socket; otherwise the form asks now and then. */
function listen() {
	frappe.realtime.off("erp_connect_pull", on_progress);
	frappe.realtime.on("erp_connect_pull", on_progress);
}

function on_progress(row) {
	if (cur_frm?.doctype !== "Field Mapping" || cur_frm.docname !== row.flow) return;
	const state = cur_frm.erp_connect_pull;
	if (state && state.status === row.status) take(cur_frm, { ...state, ...row });
	else show_pull(cur_frm);
}

function panel(state) {
	if (!state) return muted(__("Not run yet. Start it by Actions → Pull Now."));
	const [colour, label] = pull_status({ ...state, left: left_of(state.events) });
	return html`<div class="border rounded p-3 mb-3" role="status">
		<p class="mb-2">
			${pill(label, colour)}
			${Boolean(state.whole) && pull_runs(state) && pill(__("Everything"), "gray")}
		</p>
		${state.status === "Running" && progress(state)} ${times(state)}
		${state.started && html`<p class="small mb-2">${pull_counts(state)}</p>`} ${not_done(state)}
		${failure(state)}
	</div>`;
}

/** What came in by the flow and is not written yet, with the way to it. */
function not_done({ events }) {
	const left = left_of(events);
	return left.length > 0 && html`<p class="small mb-2">${left_links(left)}</p>`;
}

function progress({ progress: percent, total, fetched, window_start, window_end }) {
	const text = total
		? __("{0} of {1} records", [fetched || 0, total])
		: counted(fetched, __("1 record so far"), __("{0} records so far", [fetched || 0]));
	const now = window_start ? ` · ${__("now {0} – {1}", [window_start, window_end])}` : "";
	// Without a total, or windows of time, there is nothing to measure against.
	return html`${progress_bar(total || window_start ? percent || 0 : undefined)} ${muted(text + now)}`;
}

function times(state) {
	const rows = pull_runs(state)
		? [[__("Started"), moment_ago(state.started)]]
		: [[__("Last complete run"), moment_ago(state.last_run)]];
	if (state.next_run && state.status !== "Running")
		rows.push([__("Next run"), frappe.datetime.str_to_user(state.next_run)]);
	if (state.since && !state.whole)
		rows.push(
			state.by_token
				? [__("Asks for changes"), __("by the token of the source")]
				: [__("Asks for changes since"), state.since]
		);
	return html`<p class="small text-muted mb-2">
		${rows.map(([label, value], i) => html`${i ? " · " : ""}${label} ${value}`)}
	</p>`;
}

function failure({ error, failures, failed_log, status }) {
	if (!error) return "";
	return html`${error_box(error, status === "Stopped" ? "red" : "orange")}
		<p class="small mb-0">
			${failures > 1 && __("{0} failures in a row.", [failures])}
			${failed_log && form_link("Sync Log", failed_log, __("What was asked and answered"))}
		</p>`;
}

// Buttons ---------------------------------------------------------------------

/** The buttons of a flow that is saved, enabled and pulls. */
export function add_pull_buttons(frm) {
	const actions = __("Actions");
	const flow = frm.docname;
	const shown = () => show_pull(frm);
	frm.add_custom_button(
		__("Pull Now"),
		() => saved(frm, () => pull_now({ mapping: flow }, shown)),
		actions
	);
	if (frm.doc.window_days)
		frm.add_custom_button(__("Load in Windows…"), () => saved(frm, () => open_load(flow)), actions);
	frm.add_custom_button(__("Pull Everything"), () => saved(frm, () => pull_all(flow, shown)), actions);
	if (!frm.doc.token_next)
		frm.add_custom_button(
			__("Pull Changes Since…"),
			() => saved(frm, () => pull_since(flow, frm.erp_connect_pull, shown)),
			actions
		);
	const comparable = ["Document", "Payment", "Refund", "Clearing Entry"];
	if (comparable.includes(frm.doc.purpose || "Document") && !frm.doc.parent_doctype)
		frm.add_custom_button(__("Compare Both Sides"), () => saved(frm, () => compare(flow)), actions);
	toggle_stop(frm);
}

function toggle_stop(frm) {
	if (!frappe.perm.has_perm("Field Mapping", 0, "write", frm.doc)) return;
	const [label, actions] = [__("Stop Pull"), __("Actions")];
	frm.remove_custom_button(label, actions);
	if (pull_runs(frm.erp_connect_pull))
		frm.add_custom_button(label, () => stop_pull(frm.docname, () => show_pull(frm)), actions);
}

function saved(frm, work) {
	if (frm.is_dirty()) frappe.throw(__("Save the flow first."));
	return work();
}

export async function pull_now(args, done) {
	await call("pulls.pull_now", args);
	frappe.show_alert({ message: __("The pull begins within a minute."), indicator: "blue" });
	done();
}

function pull_all(flow, done) {
	frappe.confirm(
		__("Fetch everything again, from the first page? What did not change is left alone."),
		() => pull_now({ mapping: flow, whole: 1 }, done)
	);
}

function pull_since(flow, state, done) {
	erp_connect.ask(
		{
			fieldname: "since",
			fieldtype: "Data",
			label: __("Changes since"),
			reqd: 1,
			default: state?.since,
			description: __("As the other side writes times, e.g. 2026-01-31T00:00:00Z"),
		},
		({ since }) => pull_now({ mapping: flow, since }, done),
		__("Pull changes since"),
		__("Pull")
	);
}

export async function stop_pull(flow, done) {
	await call("pulls.stop", { mapping: flow });
	frappe.show_alert({ message: __("Stopped. The next pull goes on from here."), indicator: "orange" });
	done();
}

/** Starts a comparison of both sides of a flow and shows it. */
export async function compare(flow) {
	const name = await call("reconciliation.start", { mapping: flow }, { freeze: true });
	frappe.set_route("Form", "Sync Reconciliation", name);
}
