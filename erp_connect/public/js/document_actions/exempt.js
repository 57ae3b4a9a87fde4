// The dialog in which a person says that documents are skipped or pinned, and takes that back.

import { call } from "../shared/events";
import { html, muted, pill } from "../shared/html";

const RULES = ["Skip", "Pin Here", "Pin Outside"];

/**
 * Opens the dialog. Of a document: `document_type`, `names`, and `current`: what is decided of it. Of rows: `rows`, Sync
 * Link or Sync Log, and their `names`. `done`: called when something was changed.
 */
export async function exempt_dialog({ document_type, names, current = [], rows, done }) {
	if (!names.length) return;
	const choices = rows ? [] : await call("exemptions.choices", { document_type });
	if (!rows && !choices.length)
		return frappe.msgprint(__("No flow sends or writes such documents with an account that you may steer."));
	const dialog = erp_connect.dialog({
		title: names.length > 1 ? __("Skip or pin {0} documents", [names.length]) : __("Skip or pin"),
		fields: fields(rows, choices, current, () => show_choice(dialog, choices)),
		primary_action_label: __("Save"),
		primary_action: async ({ integration, rule, flow, reason }) => {
			const method = rows ? "exempt_chosen" : "exempt";
			const about = rows ? { doctype: rows } : { document_type, integration, flow: flow || "" };
			const chosen = { ...about, names, rule, reason: reason || "" };
			const count = await call(`exemptions.${method}`, chosen, { freeze: true });
			dialog.hide();
			frappe.show_alert({
				message: __("Decided for {0} of {1}.", [count, names.length]),
				indicator: count < names.length ? "orange" : "green",
			});
			done?.();
		},
	});
	dialog.show();
	if (!rows) show_choice(dialog, choices);
	dialog.$wrapper.find("[data-take-back]").on("click", async (event) => {
		dialog.hide();
		await take_back([event.currentTarget.dataset.takeBack]);
		done?.();
	});
	return dialog;
}

/** Opens the dialog for the document of a form. `current`: what is decided of it. */
export function exempt_document(frm, current) {
	const { doctype: document_type, docname } = frm;
	return exempt_dialog({ document_type, names: [docname], current, done: () => frm.reload_doc() });
}

/** Opens the dialog for the documents of the chosen rows of a list. */
export function exempt_rows(listview) {
	return exempt_dialog({
		rows: listview.doctype,
		names: listview.get_checked_items(true),
		done: () => {
			listview.clear_checked_items();
			erp_connect.reload_list(listview);
		},
	});
}

/** Ends exemptions, by the names of their Sync Exemption. */
export async function take_back(names) {
	const count = await call("exemptions.take_back", { names }, { freeze: true });
	frappe.show_alert({
		message: __("{0} taken back. What was skipped is queued again.", [count]),
		indicator: "green",
	});
}

function fields(rows, choices, current, chosen) {
	const accounts = choices.map(({ integration }) => integration);
	return [
		{ fieldname: "current", fieldtype: "HTML", options: String(current_html(current)) },
		{
			fieldname: "integration",
			fieldtype: "Select",
			options: accounts,
			label: __("Account"),
			default: accounts[0],
			hidden: rows ? 1 : 0,
			read_only: accounts.length < 2 ? 1 : 0,
			onchange: chosen,
		},
		{
			fieldname: "rule",
			fieldtype: "Select",
			label: __("Rule"),
			options: options_of(RULES),
			description: __(
				"Skip: nothing is sent, and nothing that comes in is written. Pin Here: what comes in is not written. Pin Outside: nothing is sent."
			),
			default: "Skip",
			reqd: 1,
		},
		{
			fieldname: "flow",
			fieldtype: "Select",
			label: __("Flow"),
			description: __("Only this flow; empty: every flow of the account"),
			hidden: 1,
		},
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Reason"),
			// Frappe would show what is typed as markup.
			formatter: erp_connect.inert,
		},
		{
			fieldname: "hint",
			fieldtype: "HTML",
			options: String(muted(__("Holds until it is taken back; then the document is sent as it is then."))),
		},
	];
}

function current_html(current) {
	return current.map(
		({ name, rule, integration, field_mapping, owner, creation, reason }) => html`<div class="mb-3">
			${pill(erp_connect.states.exemption_label(rule), "orange")} ${field_mapping || integration}
			<span class="text-muted small">${[owner, frappe.datetime.str_to_user(creation), reason].filter(Boolean).join(" · ")}</span>
			<button type="button" class="btn btn-xs btn-default ml-2" data-take-back="${name}">${__("Take Back")}</button>
		</div>`
	).join("");
}

function options_of(rules) {
	return rules.map((rule) => ({ value: rule, label: __(rule) }));
}

/** Offers the rules and flows of the chosen account. */
function show_choice(dialog, choices) {
	const chosen = choices.find(({ integration }) => integration === dialog.get_value("integration"));
	if (!chosen) return;
	dialog.set_df_property("rule", "options", options_of(chosen.rules));
	if (!chosen.rules.includes(dialog.get_value("rule"))) dialog.set_value("rule", chosen.rules[0]);
	const several = chosen.flows.length > 1;
	dialog.set_df_property("flow", "options", ["", ...chosen.flows]);
	dialog.set_df_property("flow", "hidden", several ? 0 : 1);
}
