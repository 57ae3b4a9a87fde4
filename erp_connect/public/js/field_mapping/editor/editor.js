// The editor below the table Fields: results of the rows, names that match, and the fields of both sides to choose from.

import { html } from "../../shared/html";
import { open_test } from "./last_records";
import { chosen_row, open_link } from "./links";
import { ask_soon, mark_rows, results_table } from "./rows";
import { suggested } from "./suggestions";
import { filter_tree, tree } from "./trees";

const SUGGESTED = 12;

/** Draws the editor anew: after the sample, the fields or the document type have changed. */
export function draw_editor(frm) {
	const area = frm.get_field("editor_area").$wrapper;
	if (!frm.doc.integration || !frm.doc.document_type || !frm.erp_connect_fields || !frm.erp_connect_sample) {
		area.empty();
		return;
	}
	const { direction, document_type } = frm.doc;
	const about = [frm.docname, direction, document_type, frm.erp_connect_event].join("\n");
	if (!area.find(".erp-connect-editor").length || area.data("about") !== about) {
		area.data("about", about).html(String(frame(frm)));
		Object.assign(frm, { erp_connect_chosen: {}, erp_connect_ways: {}, erp_connect_document: "" });
		listen(frm, area);
		if (direction !== "Incoming") add_document(frm, area);
	}
	draw_trees(frm);
	rows_changed(frm);
}

/** To be called when a row was added, changed or removed. */
export function rows_changed(frm) {
	const area = frm.get_field("editor_area").$wrapper;
	if (!area.find(".erp-connect-editor").length) return;
	draw_suggestions(frm);
	ask_soon(frm, (found) => {
		area.find("[data-part=results]").html(String(results_table(frm, found)));
		mark_rows(frm, found);
	});
}

function frame(frm) {
	return html`<div class="erp-connect-editor mb-4">
		<div class="d-flex flex-wrap align-items-center mb-2" style="gap: 0.5rem">
			<label class="control-label mb-0">${__("What the rows bring")}</label>
			<button type="button" class="btn btn-default btn-xs" data-action="test">
				${__("Test with Last Records")}
			</button>
		</div>
		<div data-part="document" style="max-width: 24rem"></div>
		<div data-part="results" aria-live="polite"></div>
		<div data-part="suggestions"></div>
		<details class="mt-2" open>
			<summary class="control-label">${__("Fields of both sides")}</summary>
			<p class="text-muted small">${__("Choose a field on each side: the pair becomes a row.")}</p>
			<div style="display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0 2rem">
				${pane("here", frm.erp_connect_event ? __(frm.erp_connect_event) : __(frm.doc.document_type))}
				${pane("there", __("Outside"))}
			</div>
		</details>
	</div>`;
}

function pane(side, title) {
	return html`<div class="mb-3" style="min-width: 0" data-pane="${side}">
		<h6>${title}</h6>
		<input
			type="search"
			class="form-control input-xs mb-1"
			placeholder="${__("Search")}"
			aria-label="${__("Search")}: ${title}"
		/>
		<div data-part="tree"></div>
	</div>`;
}

function listen(frm, area) {
	area.off(".editor");
	area.on("click.editor", "[data-action=test]", () => open_test(frm));
	area.on("click.editor", "[data-open-row]", ({ currentTarget }) => {
		frm.get_field("rows").grid.grid_rows[currentTarget.dataset.openRow - 1]?.toggle_view(true);
	});
	area.on("click.editor", "[data-side]", ({ currentTarget }) => choose(frm, currentTarget.dataset));
	area.on("click.editor", "[data-source]", ({ currentTarget }) => {
		const { source, target } = currentTarget.dataset;
		add_row(frm, { source, target });
	});
	area.on("click.editor", "[data-action=all]", () => {
		for (const { source, target } of suggestions(frm)) add_row(frm, { source, target });
	});
	area.on("input.editor", "input[type=search]", ({ currentTarget }) => {
		filter_tree($(currentTarget).closest("[data-pane]").find(".erp-connect-tree"), currentTarget.value);
	});
	if (area.data("listens")) return;
	area.data("listens", true);
	// It does not bubble, so jQuery does not hear of it further up.
	area[0].addEventListener("toggle", ({ target }) => target.dataset?.link && open_link(frm, target), true);
}

/** The document of which is shown what goes out: the last one, until another is chosen. */
async function add_document(frm, area) {
	const doctype = frm.doc.document_type;
	const control = frappe.ui.form.make_control({
		parent: area.find("[data-part=document]"),
		df: {
			fieldtype: "Link",
			options: doctype,
			label: __("Document that goes out"),
			onchange() {
				frm.erp_connect_document = control.get_value();
				rows_changed(frm);
			},
		},
		render_input: true,
	});
	const [latest] = await frappe.db.get_list(doctype, { limit: 1, order_by: "modified desc" });
	if (latest && !control.get_value()) control.set_value(latest.name);
}

// Trees -----------------------------------------------------------------------

function draw_trees(frm) {
	const area = frm.get_field("editor_area").$wrapper;
	const chosen = (frm.erp_connect_chosen ??= {});
	const rows = frm.doc.rows || [];
	const here = frm.erp_connect_fields.map(({ value, label, type, links_to }) => ({
		path: value,
		label: value.split(".").pop(),
		note: [label, __(type)].filter(Boolean).join(" · "),
		mapped: rows.some(({ source }) => source === value),
		link: value.split(".").length > 2 ? "" : links_to,
		about: frm.doc.direction === "Incoming" ? __("What a record names it by") : __("Fields of the linked document"),
	}));
	const there = outside_paths(frm.erp_connect_sample).map(({ path, type, example, mark }) => ({
		path,
		label: path.split(".").pop(),
		note: example || __(type),
		mapped: rows.some(({ target }) => target === path),
		mark,
	}));
	const none = __("Take a sample above: fetch, paste, or choose the last one received.");
	for (const [side, leaves, empty] of [
		["here", here, __("No fields.")],
		["there", there, none],
	]) {
		const pane = area.find(`[data-pane=${side}]`);
		const open = branches(pane, "[open]").map((_i, details) => name_of(details)).get();
		pane.find("[data-part=tree]").html(String(tree(leaves, side, chosen[side], empty)));
		branches(pane).each((_i, details) => {
			details.open = open.includes(name_of(details));
		});
		const text = pane.find("input").val();
		if (text) filter_tree(pane.find(".erp-connect-tree"), text);
	}
}

/** The paths of the sample, and those that only the last record has; what is new or gone bears a mark. */
function outside_paths({ paths, drift: { gone = [], paths: added = [] } = {} }) {
	const is_new = [__("new"), "blue", __("Only in the last record that came. Take it as the sample to try a row with it.")];
	const is_gone = [__("gone"), "orange", __("In the sample, but not in the last record that came.")];
	return [
		...added.map((one) => ({ ...one, mark: is_new })),
		...paths.map((one) => ({ ...one, mark: gone.includes(one.path) && is_gone })),
	];
}

const branches = (pane, state = "") => pane.find(`li > details:not([data-link])${state}`);
const name_of = (details) => details.dataset.branch;

function choose(frm, { side, path }) {
	const chosen = frm.erp_connect_chosen;
	chosen[side] = chosen[side] === path ? undefined : path;
	const area = frm.get_field("editor_area").$wrapper;
	area.find(`[data-side=${side}]`).each((_i, button) => {
		const is_chosen = button.dataset.path === chosen[side];
		$(button).toggleClass("btn-primary", is_chosen).toggleClass("btn-default", !is_chosen);
		$(button).find("span").toggleClass("text-muted", !is_chosen);
		button.setAttribute("aria-pressed", String(is_chosen));
	});
	if (!chosen.here || !chosen.there) return;
	const { here, there } = chosen;
	frm.erp_connect_chosen = {};
	add_row(frm, { ...chosen_row(frm, here), target: there });
	draw_trees(frm);
	// Where the keyboard was, it stays.
	area.find(`[data-side=${side}]`)
		.filter((_i, button) => button.dataset.path === path)
		.trigger("focus");
}

// Rows ------------------------------------------------------------------------

function suggestions(frm) {
	const { rows, document_type } = frm.doc;
	return suggested(frm.erp_connect_fields, frm.erp_connect_sample.paths, rows || [], document_type).slice(0, SUGGESTED);
}

function draw_suggestions(frm) {
	const found = suggestions(frm);
	const markup = html`<div class="d-flex flex-wrap align-items-center mt-2" style="gap: 0.25rem 0.5rem">
		<span class="text-muted small">${__("Names that match")}</span>
		${found.map(
			({ source, target }) =>
				html`<button
					type="button"
					class="btn btn-xs btn-default"
					title="${__("Add this row")}"
					data-source="${source}"
					data-target="${target}"
				>
					+ ${source} ↔ ${target}
				</button>`
		)}
		${found.length > 1 &&
		html`<button type="button" class="btn btn-xs btn-secondary" data-action="all">${__("Add All")}</button>`}
	</div>`;
	frm.get_field("editor_area")
		.$wrapper.find("[data-part=suggestions]")
		.html(found.length ? String(markup) : "");
}

function add_row(frm, values) {
	const empty = (frm.doc.rows || []).find((row) => !row.source && !row.target && !row.constant);
	if (empty) Object.assign(empty, values);
	else frm.add_child("rows", values);
	frm.dirty();
	frm.refresh_field("rows");
	frappe.show_alert({ message: __("Row added: {0}", [`${values.source} ↔ ${values.target}`].map(frappe.utils.escape_html)), indicator: "green" });
	rows_changed(frm);
}
