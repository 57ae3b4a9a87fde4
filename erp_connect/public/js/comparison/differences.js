// What a comparison found: the list with both sides of each finding, and the buttons that repair.

import { call, error_box } from "../shared/events";
import { code_block, form_link, html, muted, pill, pretty } from "../shared/html";
import { difference_colour } from "../shared/states";
import { both_sides } from "../shared/values";

const REPAIRABLE = ["Open", "Failed", "Ignored"];

// What each kind means, and the field of Sync Reconciliation that counts it.
export const KINDS = {
	"Missing here": ["missing_here", () => __("Outside, but not in ERPNext")],
	"Missing there": ["missing_there", () => __("In ERPNext, but not outside")],
	Different: ["different", () => __("On both sides, with different values")],
	"Orphan link": ["orphan_links", () => __("A link whose document is gone")],
};

const REPAIRS = {
	policy: [() => __("Repair"), () => __("As the flow says")],
	here: [() => __("Take ERPNext"), () => __("What stands in ERPNext is sent outside")],
	there: [() => __("Take Outside"), () => __("What stands outside is written into ERPNext")],
	ignore: [() => __("Ignore"), () => __("It stays so, also in later comparisons while nothing changes")],
};

/** Whether the user may repair. */
export function may_repair() {
	return frappe.model.can_write("Field Mapping");
}

export function repairable({ status }) {
	return REPAIRABLE.includes(status);
}

/** The findings, each with a box to choose it where it can be repaired. */
export function differences_html(rows) {
	return html`${rows.map(row_html)}`;
}

/** The buttons that repair, as markup; `repair_chosen` does what they say. */
export function repair_buttons() {
	return html`${Object.entries(REPAIRS).map(
		([side, [label, title]]) =>
			html`<button
				type="button"
				class="btn btn-xs btn-default mr-1"
				data-repair="${side}"
				title="${title()}"
			>
				${label()}
			</button> `
	)}`;
}

/** The same as buttons of a form. */
export function add_repair_buttons(frm, done) {
	for (const [side, [label]] of Object.entries(REPAIRS))
		frm.add_custom_button(label(), () => repair([frm.docname], side, done));
}

function row_html(row) {
	const { name, kind, status, document_type, document_name, external_id } = row;
	const choosable = may_repair() && repairable(row);
	return html`<div class="border rounded px-3 py-2 mb-2 d-flex align-items-baseline">
		${may_repair() &&
		html`<input
			type="checkbox"
			class="mr-3"
			data-difference="${name}"
			aria-label="${__("Select")}"
			${choosable ? "" : "disabled"}
		/>`}
		<details class="flex-grow-1" style="min-width: 0">
			<summary style="overflow-wrap: anywhere">
				<b>${__(kind)}</b> ·
				${document_name ? form_link(document_type, document_name) : __(document_type)}
				${external_id && html`<span class="text-muted">${external_id}</span>`}
				${pill(__(status), difference_colour(status))}
			</summary>
			<div class="mt-3">${detail_html(row)}</div>
		</details>
	</div>`;
}

/** Both sides of one finding, with why it stands and what repairs it. */
export function detail_html({ name, kind, status, message, fields, repair_log, record }) {
	return html`${error_box(message, status === "Failed" ? "red" : "orange")}
		${fields.length ? both_sides(fields) : muted(KINDS[kind]?.[1]() || "")}
		${record &&
		html`<h6>${__("Record outside")}</h6>
			${code_block(pretty(record))}`}
		<p class="small mb-0">
			${repair_log && form_link("Sync Log", repair_log, __("Event of the repair"))}
			${repair_log && record === undefined && "·"}
			${record === undefined && form_link("Sync Difference", name, __("Details"))}
		</p>`;
}

/** Repairs or ignores findings and says what came of it. side: policy, here, there or ignore. */
export function repair(names, side, done) {
	if (!names.length) frappe.throw(__("Select differences first."));
	const questions = {
		here: __("Send what stands in ERPNext, for {0} differences?", [names.length]),
		there: __("Take what stands outside into ERPNext, for {0} differences?", [names.length]),
	};
	if (questions[side]) frappe.confirm(questions[side], () => carry_out(names, side, done));
	else carry_out(names, side, done);
}

async function carry_out(names, side, done) {
	if (side === "ignore") {
		const count = await call("reconciliation.ignore", { names }, { freeze: true });
		frappe.show_alert({ message: __("{0} differences ignored.", [count]), indicator: "gray" });
	} else {
		tell(names, await call("reconciliation.repair", { names, side }, { freeze: true }));
	}
	done();
}

function tell(names, { begun, refused }) {
	frappe.show_alert({
		message: __("Repair of {0} of {1} differences begun.", [begun, names.length]),
		indicator: begun < names.length ? "orange" : "green",
	});
	const reasons = [...new Set(Object.values(refused))];
	if (reasons.length)
		frappe.msgprint({
			title: __("{0} not repaired", [Object.keys(refused).length]),
			indicator: "orange",
			message: String(html`${reasons.map((reason) => html`<p>${reason}</p>`)}`),
		});
}
