// The dialog in which a person says which document here is which record outside.

import { call } from "../shared/events";

/**
 * Opens the dialog. `known`: values that are clear already, of integration, remote_entity, external_id, document_type
 * and document_name; those of the document and of the account cannot be changed then. `event`: the event that waits for
 * the link, which is tried again after it. `done`: called with the name of the link.
 */
export async function link_dialog({ known = {}, event, done }) {
	if (event) known = { ...known, ...(await call("links.suggestion", { event })) };
	const dialog = erp_connect.dialog({
		title: __("Link with a record outside"),
		fields: fields(known, () => show_kinds(dialog, known)),
		primary_action_label: event ? __("Link and Retry") : __("Link"),
		primary_action: (values) => link(dialog, values, { event, done }),
	});
	dialog.show();
	if (known.integration) await show_kinds(dialog, known);
	return dialog;
}

function fields(known, account_chosen) {
	return [
		{
			fieldname: "integration",
			fieldtype: "Link",
			options: "Integration Settings",
			label: __("Account"),
			default: known.integration,
			read_only: known.integration ? 1 : 0,
			reqd: 1,
			onchange: account_chosen,
		},
		{
			fieldname: "kind",
			fieldtype: "Select",
			label: __("Kind of record"),
			description: __("What the record is outside, and the document type it is here"),
			reqd: 1,
		},
		{
			fieldname: "external_id",
			fieldtype: "Data",
			label: __("External id"),
			description: __("The id by which the account knows the record"),
			default: known.external_id,
			reqd: 1,
		},
		{
			fieldname: "document_name",
			fieldtype: "Dynamic Link",
			label: __("Document"),
			get_options: () => chosen(cur_dialog)?.document_type || known.document_type,
			default: known.document_name,
			read_only: known.document_name ? 1 : 0,
			reqd: 1,
		},
	];
}

/** Offers what the account links; where one kind is known or there is but one, it is chosen. */
async function show_kinds(dialog, known) {
	const integration = dialog.get_value("integration");
	if (!integration || dialog.kinds_of === integration) return;
	dialog.kinds_of = integration;
	const kinds = await call("links.kinds", { integration });
	dialog.kinds = kinds.filter(
		({ document_type }) => !known.document_name || document_type === known.document_type
	);
	dialog.set_df_property(
		"kind",
		"options",
		dialog.kinds.map((kind, number) => ({ value: String(number), label: label_of(kind) }))
	);
	const wanted = dialog.kinds.findIndex(
		({ remote_entity, document_type }) =>
			remote_entity === known.remote_entity && document_type === known.document_type
	);
	if (wanted >= 0 || dialog.kinds.length === 1)
		await dialog.set_value("kind", String(Math.max(wanted, 0)));
	if (!dialog.kinds.length)
		frappe.show_alert({
			message: __("No flow of this account writes or sends such documents."),
			indicator: "orange",
		});
}

function label_of({ remote_entity, document_type }) {
	return `${remote_entity} – ${__(document_type)}`;
}

function chosen(dialog) {
	return dialog?.kinds?.[Number(dialog.get_value("kind"))];
}

async function link(dialog, { integration, external_id, document_name }, { event, done }) {
	const { remote_entity, document_type } = chosen(dialog);
	const name = await call(
		"links.link",
		{ integration, remote_entity, external_id, document_type, document_name },
		{ freeze: true }
	);
	dialog.hide();
	frappe.show_alert({ message: __("Linked."), indicator: "green" });
	if (event) await erp_connect.events.act("retry", [event]);
	done?.(name);
}
