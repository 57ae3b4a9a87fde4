// The dialog that makes the Shipment of a Delivery Note, and goes on to the offers of carriers for it.

import { call } from "../shared/events";

const SHIPMENT = "Shipment";

/** Asks for parcels and addresses, as ERPNext proposes them. A Delivery Note that has a Shipment leads to that one. */
export async function send_parcel(note, { company, customer }) {
	const proposed = await call("parcels.proposal", { name: note });
	if (proposed.shipment) return go_to(proposed);
	const dialog = erp_connect.dialog({
		title: __("Parcel of {0}", [note]),
		size: "large",
		fields: fields(proposed, company, customer),
		primary_action_label: __("Make Shipment"),
		async primary_action(values) {
			dialog.get_primary_btn().prop("disabled", true);
			try {
				const made = await call("parcels.send", { name: note, values }, { freeze: true });
				dialog.hide();
				await go_to(made);
			} finally {
				dialog.get_primary_btn().prop("disabled", false);
			}
		},
	});
	dialog.show();
	return dialog;
}

function fields(proposed, company, customer) {
	return [
		party_link("pickup_address_name", __("Pickup from"), "Address", proposed, ["Company", company]),
		{ fieldtype: "Column Break" },
		party_link("delivery_address_name", __("Delivery to"), "Address", proposed, ["Customer", customer]),
		party_link("delivery_contact_name", __("Contact"), "Contact", proposed, ["Customer", customer]),
		{ fieldtype: "Section Break" },
		{
			fieldname: "shipment_parcel",
			fieldtype: "Table",
			label: __("Parcels"),
			reqd: 1,
			in_place_edit: true,
			data: proposed.shipment_parcel,
			fields: [
				entry("weight", "Float", __("Weight (kg)"), 1),
				entry("length", "Int", __("Length (cm)")),
				entry("width", "Int", __("Width (cm)")),
				entry("height", "Int", __("Height (cm)")),
				entry("count", "Int", __("Count"), 1),
			],
		},
		{ fieldtype: "Section Break" },
		{
			fieldname: "description_of_content",
			fieldtype: "Small Text",
			label: __("Description of Content"),
			default: proposed.description_of_content,
			reqd: 1,
		},
		{ fieldtype: "Column Break" },
		{
			fieldname: "pickup_date",
			fieldtype: "Date",
			label: __("Pickup Date"),
			default: proposed.pickup_date,
			reqd: 1,
		},
	];
}

function entry(fieldname, fieldtype, label, reqd = 0) {
	return { fieldname, fieldtype, label, reqd, in_list_view: 1, columns: 2 };
}

/** An address or a contact of the company or the customer. */
function party_link(fieldname, label, options, proposed, [link_doctype, link_name]) {
	const kind = options.toLowerCase();
	return {
		fieldname,
		fieldtype: "Link",
		options,
		label,
		default: proposed[fieldname],
		reqd: 1,
		get_query: () => ({
			query: `frappe.contacts.doctype.${kind}.${kind}.${kind}_query`,
			filters: { link_doctype, link_name },
		}),
	};
}

/** Opens the Shipment, and asks the carriers where it is a draft and one of them can be asked. */
async function go_to({ shipment, created, docstatus }) {
	frappe.show_alert(
		created
			? { message: __("Shipment {0} is made. Submit it to send it.", [shipment]), indicator: "green" }
			: { message: __("There is Shipment {0} already.", [shipment]), indicator: "orange" }
	);
	if (!docstatus && frappe.boot.erp_connect.offers.includes(SHIPMENT)) {
		await erp_connect.load("offers");
		// Not before the form is there: Frappe closes dialogs when it shows one.
		frappe.route_hooks.after_load = (frm) => frm.docname === shipment && erp_connect.offers_dialog(frm);
	}
	await frappe.set_route("Form", SHIPMENT, shipment);
}
