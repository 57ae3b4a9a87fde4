// Preview of a whole flow: what would be sent for all documents that match, a page at a time. Sends nothing.

import { call, event_label } from "../shared/events";
import { form_link, html, muted, pill, table } from "../shared/html";
import { progress_bar } from "../shared/progress";
import { readable } from "../shared/values";

const FAILS = "fails";
const JUMPS = "jumps";
// Documents that are shown of each outcome; the others are counted.
const SHOWN = 200;
const COLOURS = {
	[FAILS]: "red",
	[JUMPS]: "orange",
	create: "green",
	update: "blue",
	send: "blue",
	cancel: "blue",
	delete: "red",
};

export async function open_preview_all(frm) {
	const { document_type, integration } = frm.doc;
	if (!document_type || !integration) frappe.throw(__("Choose the account and the document type first."));
	await new Promise((resolve) => frappe.model.with_doctype(document_type, resolve));
	const dialog = erp_connect.dialog({
		title: __("Preview All"),
		size: "extra-large",
		fields: [
			{ fieldname: "filter_area", fieldtype: "HTML" },
			{
				fieldname: "limit",
				fieldtype: "Int",
				label: __("Mark numbers that change by more than (%)"),
				default: 20,
			},
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Preview"),
		primary_action: () => run(frm, dialog),
		secondary_action_label: __("Stop"),
		secondary_action: () => stop(dialog),
	});
	dialog.filter_group = new frappe.ui.FilterGroup({
		parent: dialog.get_field("filter_area").$wrapper,
		doctype: document_type,
		on_change: () => {},
	});
	dialog.on_hide = () => stop(dialog);
	dialog.get_field("result").html(String(muted(__("Nothing is sent and nothing is saved."))));
	dialog.get_secondary_btn().addClass("hide");
	dialog.show();
}

function stop(dialog) {
	dialog.erp_connect_run = null;
	dialog.get_secondary_btn().addClass("hide");
}

/** Asks page after page, and draws what is known after each, until the last one, or until it is stopped. */
async function run(frm, dialog) {
	const found = {
		doctype: frm.doc.document_type,
		total: 0,
		seen: 0,
		outcomes: new Map(),
		chosen: null,
		over: false,
	};
	dialog.erp_connect_run = found;
	dialog.get_secondary_btn().removeClass("hide");
	const asked = {
		mapping: JSON.stringify(frm.doc),
		filters: JSON.stringify(dialog.filter_group.get_filters().map((filter) => filter.slice(0, 4))),
		limit: dialog.get_value("limit") ?? 20,
	};
	let after = "";
	do {
		let page;
		try {
			page = await call("flows.preview_page", { ...asked, after });
		} catch {
			// Frappe has shown the message; what was found so far stays.
			if (!found.seen)
				dialog
					.get_field("result")
					.html(
						String(muted(__("No preview. Correct what the message says, then press Preview.")))
					);
			break;
		}
		if (dialog.erp_connect_run !== found) return; // stopped, or begun anew
		found.total = page.total ?? found.total;
		page.documents.forEach((one) => take(found, one));
		after = page.next;
		found.over = !after;
		draw(dialog, found);
	} while (after);
	stop(dialog);
}

function take(found, one) {
	found.seen += 1;
	count(found, one.outcome, one);
	if (one.changes.some(({ jump }) => jump)) count(found, JUMPS, one);
}

function count({ outcomes }, outcome, one) {
	const kind = outcomes.get(outcome) || { count: 0, documents: [] };
	kind.count += 1;
	if (kind.documents.length < SHOWN) kind.documents.push(one);
	outcomes.set(outcome, kind);
}

function draw(dialog, found) {
	const result = dialog.get_field("result");
	result.html(String(result_html(found)));
	result.$wrapper.find("[data-outcome]").on("click", (event) => {
		found.chosen = event.currentTarget.dataset.outcome;
		draw(dialog, found);
		result.$wrapper.find(`[data-outcome="${found.chosen}"]`).trigger("focus");
	});
	result.$wrapper.find("[data-skip]").on("click", (event) => decide(found, event.currentTarget));
}

function result_html(found) {
	const kinds = [...found.outcomes.keys()].sort((one, other) => place(one) - place(other));
	if (!kinds.length) return muted(__("No document matches."));
	const chosen = found.outcomes.has(found.chosen) ? found.chosen : kinds[0];
	const { count, documents } = found.outcomes.get(chosen);
	return html`<div class="erp-connect-preview">
		${!found.over && progress_bar((100 * found.seen) / Math.max(found.total, 1))}
		${muted(__("{0} of {1} documents looked at. Nothing is sent.", [found.seen, found.total]))}
		<div
			class="d-flex flex-wrap mb-3"
			style="gap: 8px"
			role="group"
			aria-label="${__("What would happen")}"
		>
			${kinds.map((kind) => choice(kind, found.outcomes.get(kind).count, kind === chosen))}
		</div>
		${count > documents.length && muted(__("The first {0} of them:", [documents.length]))}
		${table(
			[__("Document"), __("What would change")],
			documents.map((one) => [html`${form_link(found.doctype, one.name)} ${way_out(one)}`, told(one)])
		)}
	</div>`;
}

/** One document that should not go, or should stay as it is. */
function way_out({ name, sends, outcome }) {
	if (!sends && outcome !== FAILS) return "";
	return html`<div>
		<button type="button" class="btn btn-link btn-xs p-0" data-skip="${name}">
			${__("Skip or Pin…")}
		</button>
	</div>`;
}

async function decide({ doctype }, button) {
	await erp_connect.load("document_actions");
	const done = () => button.replaceWith(__("Decided. Press Preview to look again."));
	erp_connect.exempt_dialog({ document_type: doctype, names: [button.dataset.skip], done });
}

/** What a person should look at comes first: failures, jumps, then what is sent, then what is not. */
function place(kind) {
	const order = Object.keys(COLOURS).indexOf(kind);
	return order < 0 ? Infinity : order;
}

function choice(kind, count, chosen) {
	return html`<button
		type="button"
		class="btn btn-default btn-sm ${chosen ? "active" : ""}"
		aria-pressed="${chosen}"
		data-outcome="${kind}"
	>
		${pill(label(kind), COLOURS[kind] || "gray")} <b>${count}</b>
	</button>`;
}

function label(kind) {
	if (kind === FAILS) return __("Would fail");
	if (kind === JUMPS) return __("Large changes");
	return kind in COLOURS ? event_label(kind) : erp_connect.events.outcome_label?.(kind) || kind;
}

function told({ sends, error, told: why, outcome, steps, compared, changes }) {
	if (error) return error;
	if (!sends) return why || "–";
	if (steps) return muted(__("It takes {0} requests. Press Preview in the flow to see them.", [steps]));
	if (outcome === "create" && !compared) return muted(__("New outside: all of it would be sent."));
	if (!compared) return muted(__("What was sent last is not known: all of it would be sent."));
	return changes.map(
		({ path, old, new: now, jump }) =>
			html`<div>
				<code>${path}</code>: ${readable(old)} → ${readable(now)}
				${jump && pill(__("Large change"), "orange")}
			</div>`
	);
}
