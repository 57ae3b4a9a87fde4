// A signature of one's own as questions instead of JSON, and "Verify a Sample" for any signature.

import { call } from "../shared/events";
import { html } from "../shared/html";
import { ANSWERS, questions, sample_fields } from "./own_scheme_fields";

const CUSTOM = "custom";

/** Fills the HTML field with what is said of the signature, and the buttons. */
export async function show_own_scheme(frm) {
	const field = frm.get_field("verification_described");
	if (!field) return;
	const { verification, verification_scheme } = frm.doc;
	const own = verification === CUSTOM;
	if (!verification) return field.html("");
	const told = own ? await summary(verification_scheme) : "";
	if (frm.doc.verification !== verification) return;
	field.html(
		String(html`<div class="form-group erp-connect-own-scheme">
			${own && html`<p class="mb-2" role="status">${told}</p>`}
			${own &&
			html`<button type="button" class="btn btn-xs btn-primary mr-2" data-describe>
				${__("Describe the Signature…")}
			</button>`}
			<button type="button" class="btn btn-xs btn-default" data-sample>
				${__("Verify a Sample…")}
			</button>
		</div>`)
	);
	field.$wrapper.find("[data-describe]").on("click", () => open_dialog(frm, true));
	field.$wrapper.find("[data-sample]").on("click", () => open_dialog(frm, false));
}

async function summary(scheme) {
	if (!(scheme || "").trim()) return __("It is not described yet how webhooks are signed.");
	if (!is_json(scheme)) return __("The JSON under Advanced cannot be read.");
	return (await call("verification.describe", { scheme }))?.summary || "";
}

function is_json(text) {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

async function open_dialog(frm, describing) {
	const own = frm.doc.verification === CUSTOM;
	const form = own ? await known_form(frm) : null;
	if (describing && !form)
		return frappe.msgprint(
			__("The form cannot say this scheme. Change its JSON under Advanced, or empty it and begin anew.")
		);
	const asks = Boolean(own && form);
	const dialog = erp_connect.dialog({
		title: asks ? __("Signature of Webhooks") : __("Verify a Sample"),
		size: "large",
		fields: [...(asks ? questions() : []), ...sample_fields(asks)],
		primary_action_label: asks ? __("Use This Signature") : __("Verify"),
		primary_action: () => (asks ? use(frm, dialog) : verify(frm, dialog, false)),
	});
	if (asks) {
		dialog.set_values(form);
		dialog.get_field("verify").$input?.on("click", () => verify(frm, dialog, true));
	}
	dialog.show();
}

async function known_form(frm) {
	const scheme = frm.doc.verification_scheme || "";
	// What cannot be read is written anew.
	return (await call("verification.describe", { scheme: is_json(scheme) ? scheme : "" }))?.form;
}

async function use(frm, dialog) {
	const made = await call("verification.make", { form: answers(dialog) });
	if (!made) return;
	await frm.set_value("verification_scheme", made.scheme);
	dialog.hide();
	show_own_scheme(frm);
	frappe.show_alert({ message: __("Save the account to use it."), indicator: "blue" });
}

async function verify(frm, dialog, asks) {
	const values = dialog.get_values(true) || {};
	const typed = frm.doc.verification_secret || "";
	const found = await call("verification.verify_sample", {
		account: frm.is_new() ? "" : frm.docname,
		form: asks ? answers(dialog) : "",
		headers: values.sample_headers || "",
		body: values.sample_body || "",
		url: values.sample_url || "",
		secret: values.sample_secret || (/^\**$/.test(typed) ? "" : typed),
	});
	if (found) show_result(dialog, found, asks);
}

function show_result(dialog, { ok, steps, would_fit }, asks) {
	const field = dialog.get_field("result");
	field.html(
		String(html`<div class="erp-connect-sample mt-2" role="status">
			<p>
				<span class="indicator ${ok ? "green" : "red"}" aria-hidden="true"></span>
				<b>${ok ? __("The sample fits.") : __("The sample does not fit.")}</b>
			</p>
			<ul>
				${steps.map(
					(step) =>
						html`<li style="overflow-wrap: anywhere">${step.ok ? "✓" : "✗"} ${step.words}</li>`
				)}
			</ul>
			${would_fit &&
			html`<p>${__("This would fit:")} ${would_fit.words}</p>
				${asks &&
				html`<button type="button" class="btn btn-xs btn-default" data-take>
					${__("Take It Over")}
				</button>`}`}
		</div>`)
	);
	field.$wrapper.find("[data-take]").on("click", () => {
		dialog.set_values(would_fit.form);
		field.html(String(html`<p role="status">${__("Taken over. Verify once more, then use it.")}</p>`));
	});
	field.$wrapper[0].scrollIntoView({ block: "center" });
}

function answers(dialog) {
	return Object.fromEntries(
		// An empty separator is one, too.
		ANSWERS.map((name) => [name, dialog.get_value(name) ?? ""])
	);
}
