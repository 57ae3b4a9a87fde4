// An event on hold because both sides changed its document: both versions, and the decision of a person.

import { call } from "../shared/events";
import { form_link, html, moment_ago } from "../shared/html";
import { both_sides, parsed } from "../shared/values";

const CSS_CLASS = "erp-connect-conflict";

/** Adds the section to the form of an event that waits for a decision. */
export function show_conflict(frm) {
	const fields = parsed(frm.doc.conflict, []);
	if (frm.doc.status !== "On Hold" || !fields.length) return;
	frm.dashboard.add_section("", __("Both sides changed"), `custom ${CSS_CLASS}`);
	frm.dashboard.show();
	draw(frm, fields, false);
}

function draw(frm, fields, per_field) {
	const $body = $(frm.wrapper).find(`.${CSS_CLASS} .section-body`);
	$body.html(String(body(frm.doc, fields, per_field)));
	const buttons = {
		here: () =>
			frappe.confirm(
				__("Keep what stands in ERPNext? It is sent outside, over the change made there."),
				() => decide(frm, { side: "here" })
			),
		there: () =>
			frappe.confirm(
				__("Take what stands outside? It is written into ERPNext, over the change made here."),
				() => decide(frm, { side: "there" })
			),
		open: () => draw(frm, fields, true),
		close: () => draw(frm, fields, false),
		apply: () => apply(frm, fields, $body),
	};
	$body.find("[data-decision]").on("click", (event) => buttons[event.currentTarget.dataset.decision]());
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

function apply(frm, fields, $body) {
	const chosen = $body.find("input:checked").get();
	if (chosen.length < fields.length) {
		frappe.msgprint(__("Choose a side for each field."));
		return;
	}
	const sides = Object.fromEntries(chosen.map((input) => [input.dataset.field, input.value]));
	decide(frm, { fields: JSON.stringify(sides) });
}

async function decide(frm, decision) {
	await call("events.resolve_conflict", { name: frm.docname, ...decision }, { freeze: true });
	frappe.show_alert({ message: __("Decided. It is written in the background."), indicator: "green" });
	frm.reload_doc();
}
