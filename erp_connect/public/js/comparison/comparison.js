// The form of a comparison: progress while it runs, its result as cards, and the differences it found.

import { differences_html, KINDS, may_repair, repair, repair_buttons } from "./differences";
import { call, error_box } from "../shared/events";
import { desk_link, html, muted } from "../shared/html";
import { progress_bar } from "../shared/progress";
import { compares, number_found } from "../shared/states";

const EVERY_MS = 5000;
const SHOWN = 200;
/** Fills the form and keeps it up to date while something is going on. */
export async function show_comparison(frm) {
	clearTimeout(frm.erp_connect_timer);
	listen();
	const name = frm.docname;
	if (frm.erp_connect_comparison?.name !== name) frm.erp_connect_kind = null;
	const state = await call("reconciliation.summary", { name, limit: SHOWN });
	if (frm.docname !== name) return;
	if (state.status !== frm.doc.status) {
		frm.reload_doc();
		return;
	}
	frm.erp_connect_comparison = state;
	draw(frm);
	if (compares(state) || state.statuses.Repairing)
		frm.erp_connect_timer = setTimeout(() => cur_frm === frm && show_comparison(frm), EVERY_MS);
}

/** Progress arrives by itself where Desk has a socket; otherwise the form asks now and then. */
function listen() {
	frappe.realtime.off("erp_connect_reconciliation", on_progress);
	frappe.realtime.on("erp_connect_reconciliation", on_progress);
}

function on_progress(row) {
	const frm = cur_frm;
	if (frm?.doctype !== "Sync Reconciliation" || frm.docname !== row.name) return;
	const state = frm.erp_connect_comparison;
	if (state?.name === row.name && state.status === row.status) {
		Object.assign(state, row);
		draw_result(frm);
	} else {
		show_comparison(frm);
	}
}

function draw(frm) {
	draw_result(frm);
	draw_differences(frm);
}

// Result ----------------------------------------------------------------------

function draw_result(frm) {
	const field = frm.get_field("comparison_html");
	field.html(String(result(frm.erp_connect_comparison)));
	field.$wrapper.find("[data-kind]").on("click", (event) => {
		const { kind } = event.currentTarget.dataset;
		frm.erp_connect_kind = frm.erp_connect_kind === kind ? null : kind;
		draw_differences(frm);
	});
}

function result(state) {
	return html`${compares(state) && progress(state)} ${verdict(state)}
		<div
			style="display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 1rem; align-items: stretch; margin-bottom: 1rem"
		>
			${Object.entries(KINDS).map(([kind, about]) => card(state, kind, about))}
		</div>`;
}

function progress({ progress: percent, checked_there, checked_here, total }) {
	const text = total
		? __("{0} of {1} records and {2} documents compared", [checked_there, total, checked_here])
		: __("{0} records and {1} documents compared", [checked_there, checked_here]);
	return html`${progress_bar(percent || 0)} ${muted(text)}`;
}

function verdict(state) {
	const { status, error, statuses, checked_there, checked_here } = state;
	if (error) return error_box(error, status === "Failed" ? "red" : "orange");
	if (status === "Stopped")
		return error_box(__("Stopped: what was not compared yet is not known."), "orange");
	if (status !== "Completed") return "";
	const compared = __("{0} records outside and {1} documents here were compared.", [
		checked_there,
		checked_here,
	]);
	const open = (statuses.Open || 0) + (statuses.Failed || 0) + (statuses.Repairing || 0);
	if (!number_found(state)) return error_box(`${__("Both sides are equal.")} ${compared}`, "green");
	if (!open && statuses.Superseded)
		return error_box(__("A later comparison found anew what still differs."), "orange");
	if (!open)
		return error_box(__("All that was found is repaired or ignored. Compare again to see it."), "green");
	return error_box(`${__("The sides are not equal.")} ${compared}`, "orange");
}

function card(state, kind, [counter, about]) {
	const number = state[counter] || 0;
	return html`<button
		type="button"
		class="btn btn-default text-left border rounded p-3 d-flex flex-column justify-content-start"
		style="white-space: normal"
		data-kind="${kind}"
	>
		<div class="h3 mb-1" style="color: var(--${number ? "orange-600" : "text-muted"})">${number}</div>
		<div>${__(kind)}</div>
		<div class="text-muted small">${about()}</div>
	</button>`;
}

// Differences -----------------------------------------------------------------

function draw_differences(frm) {
	const state = frm.erp_connect_comparison;
	const kind = frm.erp_connect_kind;
	frm.toggle_display("differences_section", state.differences.length > 0);
	if (!state.differences.length) return;
	const rows = state.differences.filter((row) => !kind || row.kind === kind);
	const field = frm.get_field("differences_html");
	const open = opened(field);
	field.html(
		String(html`${toolbar(kind)} ${differences_html(rows)}
		${rows.length === 0 && muted(__("None of this kind."))} ${rest(frm, state, kind)}`)
	);
	reopen(field, open);
	listen_to_buttons(frm, field);
}

function toolbar(kind) {
	if (!may_repair() && !kind) return "";
	return html`<p class="mb-3">
		${may_repair() &&
		html`<label class="mr-3 mb-0"
				><input type="checkbox" class="mr-2" data-all="1" />${__("Select all")}</label
			>
			${repair_buttons()}`}
		${kind &&
		html`<button type="button" class="btn btn-xs btn-default" data-clear="1">
			${__("Only: {0}", [__(kind)])} ×
		</button>`}
	</p>`;
}

/** The way to what is not shown here. */
function rest(frm, state, kind) {
	const total = Object.values(state.statuses).reduce((sum, count) => sum + count, 0);
	if (total <= state.differences.length) return "";
	const filters = new URLSearchParams({ reconciliation: frm.docname, ...(kind ? { kind } : {}) });
	return html`<p class="small">
		${__("The first {0} of {1} are shown.", [state.differences.length, total])}
		${desk_link(`/app/sync-difference?${filters}`, __("Show all in a list"))}
	</p>`;
}

function listen_to_buttons(frm, { $wrapper }) {
	$wrapper.find("[data-all]").on("change", (event) => {
		$wrapper.find("[data-difference]:enabled").prop("checked", event.currentTarget.checked);
	});
	$wrapper.find("[data-clear]").on("click", () => {
		frm.erp_connect_kind = null;
		draw_differences(frm);
	});
	$wrapper.find("[data-repair]").on("click", (event) => {
		const names = chosen($wrapper);
		repair(names, event.currentTarget.dataset.repair, () => {
			$wrapper.find("input:checked").prop("checked", false);
			show_comparison(frm);
		});
	});
}

function chosen($wrapper) {
	const boxes = $wrapper.find("[data-difference]:checked").get();
	return boxes.map((box) => box.dataset.difference);
}

/** What a person has opened and chosen stays so when the list is drawn again. */
function opened({ $wrapper }) {
	const boxes = $wrapper.find("[data-difference]").get();
	const is_open = (box) => box.parentElement.querySelector("details").open;
	return {
		open: boxes.filter(is_open).map((box) => box.dataset.difference),
		chosen: chosen($wrapper),
	};
}

function reopen({ $wrapper }, before) {
	for (const box of $wrapper.find("[data-difference]").get()) {
		const { difference } = box.dataset;
		box.parentElement.querySelector("details").open = before.open.includes(difference);
		if (!box.disabled) box.checked = before.chosen.includes(difference);
	}
}
