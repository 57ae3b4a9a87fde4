// Both versions of a document that was changed on both sides, and the decision of a person.

import { call } from "./events";
import { form_link, html, moment_ago } from "./html";
import { both_sides, parsed } from "./values";

/** The fields of which both sides have a value of their own; empty where nothing is to be decided. */
export function fields_of(doc) {
	return doc.status === "On Hold" ? parsed(doc.conflict, []) : [];
}

/** Fills an element with both versions and the buttons that decide. `done`: called after the decision. */
export function draw_conflict($body, doc, done, per_field = false) {
	const fields = fields_of(doc);
	$body.html(String(body(doc, fields, per_field)));
	const redraw = (wanted) => draw_conflict($body, doc, done, wanted);
	const buttons = {
		here: () => ask_side(doc, "here", done),
		there: () => ask_side(doc, "there", done),
		open: () => redraw(true),
		close: () => redraw(false),
		apply: () => apply(doc, fields, $body, done),
	};
	$body.find("[data-decision]").on("click", (event) => buttons[event.currentTarget.dataset.decision]());
}

function ask_side(doc, side, done) {
	const questions = {
		here: __("Keep what stands in ERPNext? It is sent outside, over the change made there."),
		there: __("Take what stands outside? It is written into ERPNext, over the change made here."),
	};
	frappe.confirm(questions[side], () => decide(doc, { side }, done));
}

function body(doc, fields, per_field) {
	const document = form_link(doc.reference_doctype, doc.reference_name);
	return html`<div class="w-100 px-3">
		<p class="small">
			${__(doc.reference_doctype)} ${document} ·
			${__("Nothing has been written. Choose which version stands.")}
			<span class="text-muted">${__("Values as of")} ${moment_ago(doc.last_attempt)}</span>
		</p>
		${both_sides(fields, per_field ? choice : undefined)} ${may_decide(doc) && buttons_of(per_field)}
	</div>`;
}

function choice({ field }, side) {
	const label = side === "here" ? __("Keep ERPNext") : __("Take outside");
	return html`<label class="d-flex align-items-center mb-1 text-muted">
		<input type="radio" class="mr-1" name="erp-connect-${field}" data-field="${field}" value="${side}" />
		${label}
	</label>`;
}

/** Whoever decides changes the document. */
function may_decide(doc) {
	return frappe.model.can_write(doc.reference_doctype);
}

function buttons_of(per_field) {
	const button = (decision, label, kind = "default") =>
		html`<button type="button" class="btn btn-sm btn-${kind} mr-2" data-decision="${decision}">
			${label}
		</button>`;
	if (per_field)
		return html`<p class="mt-3">
			${button("apply", __("Apply"), "primary")} ${button("close", __("Back"))}
		</p>`;
	return html`<p class="mt-3">
		${button("here", __("Keep ERPNext"))} ${button("there", __("Take Outside"))}
		${button("open", __("Decide per Field"))}
	</p>`;
}

function apply(doc, fields, $body, done) {
	const chosen = $body.find("input:checked").get();
	if (chosen.length < fields.length) {
		frappe.msgprint(__("Choose a side for each field."));
		return;
	}
	const sides = Object.fromEntries(chosen.map((input) => [input.dataset.field, input.value]));
	decide(doc, { fields: JSON.stringify(sides) }, done);
}

async function decide(doc, decision, done) {
	await call("events.resolve_conflict", { name: doc.name, ...decision }, { freeze: true });
	frappe.show_alert({ message: __("Decided. It is written in the background."), indicator: "green" });
	done();
}
