// Values of records as people read them: rows of tables as tables, everything else as text.

import { html, table } from "./html";

const BLANK = () => html`<span class="text-muted">–</span>`;

/** A value from JSON as markup; all text in it is escaped. `order`: columns of tables that come first. */
export function readable(value, order = []) {
	if (value === null || value === undefined || value === "") return BLANK();
	if (Array.isArray(value)) return list(value, order);
	if (typeof value === "object") return table_of([value], order);
	return html`<span style="white-space: pre-wrap; overflow-wrap: anywhere">${String(value)}</span>`;
}

function list(values, order) {
	if (!values.length) return BLANK();
	if (values.every((value) => value && typeof value === "object" && !Array.isArray(value)))
		return table_of(values, order);
	return html`${values.map((value) => html`<div>${readable(value)}</div>`)}`;
}

function table_of(rows, order) {
	const found = columns_of(rows);
	const columns = [...new Set([...order.filter((column) => found.includes(column)), ...found])];
	return table(
		columns.map(frappe.model.unscrub),
		rows.map((row) => columns.map((column) => readable(row[column])))
	);
}

function columns_of(rows) {
	const records = [rows].flat().filter((row) => row && typeof row === "object");
	return [...new Set(records.flatMap((row) => Object.keys(row)))];
}

/**
 * Fields with the values of both sides next to each other.
 *
 * `fields`: a list of {field, label, base, here, there}. `choice(field, side)`: markup before a value, for example
 * a radio button, or nothing.
 */
export function both_sides(fields, choice = () => "") {
	const with_base = fields.some((field) => field.base !== undefined);
	const value = (field, name) => readable(field[name], columns_of(field.here));
	const side = (field, name) => html`${choice(field, name)} ${value(field, name)}`;
	const columns = [__("Field"), with_base && __("When last equal"), __("In ERPNext"), __("Outside")];
	return table(
		columns.filter(Boolean),
		fields.map((field) => [
			html`<b title="${field.field}">${__(field.label || field.field)}</b>`,
			...(with_base ? [value(field, "base")] : []),
			side(field, "here"),
			side(field, "there"),
		])
	);
}

/** JSON text parsed, or `otherwise` where it is none. */
export function parsed(text, otherwise) {
	try {
		return JSON.parse(text || "null") ?? otherwise;
	} catch {
		return otherwise;
	}
}
