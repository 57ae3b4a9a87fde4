// What each row brings, told while it is written: types, examples, the result, and the row at fault.

import { call } from "../../shared/events";
import { html, muted, pill, table } from "../../shared/html";
import { readable } from "../../shared/values";

const PAUSE = 700;

/** Ask for the results once nothing was typed for a moment. `drawn` is called with them. */
export function ask_soon(frm, drawn) {
	clearTimeout(frm.erp_connect_rows_timer);
	frm.erp_connect_rows_timer = setTimeout(() => ask(frm, drawn), PAUSE);
}

async function ask(frm, drawn) {
	const { integration, document_type, rows } = frm.doc;
	const sample = frm.erp_connect_sample;
	if (!integration || !document_type || !sample?.allowed || !(rows || []).length) return drawn({ rows: [] });
	const mapping = JSON.stringify(frm.doc);
	const document = frm.erp_connect_document || "";
	const question = (frm.erp_connect_rows_question = `${mapping}\n${document}\n${sample.text}`);
	const found = await call("samples.rows", { mapping, text: sample.text, document });
	if (frm.erp_connect_rows_question === question) drawn(found);
}

/** The rows with what they bring, as a table. */
export function results_table(frm, found) {
	if (found.error) return muted(found.error);
	const by_row = new Map(found.rows.map((result) => [result.row, result]));
	const rows = (frm.doc.rows || []).filter(({ source, target }) => source || target);
	if (!rows.length) return muted(__("No rows yet. Choose a field of each side below, or type in the table above."));
	return table(
		[__("Row"), __("ERPNext field"), __("Outside field"), __("Result")],
		rows.map((row) => cells(frm, row, by_row.get(row.idx) || {}))
	);
}

function cells(frm, row, result) {
	return [
		html`<button type="button" class="btn btn-xs btn-default mb-1" data-open-row="${row.idx}">${row.idx}</button>
			<span class="text-nowrap">${state(result)}</span>`,
		html`<code>${row.source || row.constant}</code> ${note(field_note(frm, row.source))}`,
		html`<code>${row.target}</code> ${note(path_note(frm, row.target))}`,
		html`${side(result.here, __("ERPNext gets"))} ${side(result.outside, __("Outside gets"))}
			${fault(result) || result.warning}`,
	];
}

function note(text) {
	return text && html`<div class="text-muted">${text}</div>`;
}

function field_note(frm, source) {
	const field = (frm.erp_connect_fields || []).find(({ value }) => value === source);
	return field && [field.label, __(field.type)].join(" · ");
}

function path_note(frm, target) {
	const path = (frm.erp_connect_sample?.paths || []).find((one) => one.path === target);
	return path && [__(path.type), path.example].filter(Boolean).join(" · ");
}

function side(result, title) {
	if (!result || result.error) return "";
	return html`<div><span class="text-muted">${title}</span> ${readable(result.value)}</div>`;
}

function state(result) {
	if (fault(result)) return pill(__("Fails"), "red");
	if (result.warning) return pill(__("Not in the sample"), "orange");
	return result.here || result.outside ? pill(__("OK"), "green") : "";
}

const fault = ({ here, outside }) => here?.error || outside?.error || "";

/** Marks the rows at fault in the table Fields itself. */
export function mark_rows(frm, found) {
	const grid = frm.get_field("rows").grid;
	const by_row = new Map(found.rows.map((result) => [result.row, result]));
	for (const row of grid.grid_rows || []) {
		const result = by_row.get(row.doc?.idx) || {};
		const error = fault(result);
		const colour = error ? "var(--red-500)" : result.warning ? "var(--orange-500)" : "";
		$(row.wrapper)
			.css("box-shadow", colour && `inset 3px 0 0 ${colour}`)
			.attr("title", error || result.warning || null);
	}
}
