// The section "Parcels" of a Delivery Note: its Shipments and what their carriers say. Where there is none, a button.

import { call } from "../shared/events";
import { form_link, html, outside_link, pill, table } from "../shared/html";
import { send_parcel } from "./send";

const CSS_CLASS = "erp-connect-parcels";
const BUTTON = "Send Parcel…";
const COLOURS = { Delivered: "green", Returned: "orange", Lost: "red", "In Progress": "blue", Booked: "blue" };

/** Shows the parcels of the form's Delivery Note, as far as the person may read Shipments. `beside` puts markup beside the form. */
export async function show_parcels(frm, beside) {
	if (frm.doc.docstatus !== 1) return;
	const name = frm.docname;
	frm.remove_custom_button(__(BUTTON));
	const parcels = await call("parcels.of_note", { name });
	// While the answer was on its way, the form may have gone on to another document.
	if (frm.docname !== name) return;
	$(frm.wrapper).find(`.${CSS_CLASS}`).remove();
	if (!parcels.length) return add_button(frm);
	frm.dashboard.add_section(String(body(parcels)), __("Parcels"), `custom ${CSS_CLASS}`);
	frm.dashboard.show();
	beside(frm, summary(parcels));
}

function summary(parcels) {
	return html`<div class="${CSS_CLASS} sidebar-section mt-3 mb-3 small">
		<div class="text-muted mb-1">${__("Parcels")}</div>
		${parcels.map(
			(parcel) =>
				html`<div class="mb-1" style="overflow-wrap: anywhere">
					${form_link("Shipment", parcel.shipment, shown_state(parcel))}
					${parcel.tracking_number ? [parcel.carrier, " ", number(parcel)] : parcel.shipment}
				</div>`
		)}
	</div>`;
}

function add_button(frm) {
	if (frm.doc.is_return || !frappe.model.can_create("Shipment")) return;
	frm.add_custom_button(__(BUTTON), () => send_parcel(frm.docname, frm.doc));
}

function body(parcels) {
	return table(
		[__("Shipment"), __("Carrier"), __("AWB Number"), __("Tracking Status"), __("Label")],
		parcels.map((parcel) => [
			form_link("Shipment", parcel.shipment),
			[parcel.carrier, parcel.service].filter(Boolean).join(" · ") || "–",
			number(parcel),
			state(parcel),
			html`${parcel.labels.map((label) => html`<div>${file(label)}</div>`)}`,
		])
	);
}

function number({ tracking_number, tracking_url }) {
	if (!tracking_number) return "–";
	return tracking_url ? outside_link(tracking_url, tracking_number) : html`${tracking_number}`;
}

function state(parcel) {
	const { tracking_details: details } = parcel;
	return html`${shown_state(parcel)} ${details && html`<div class="text-muted">${details}</div>`}`;
}

function shown_state({ tracking_status, status }) {
	const told = tracking_status || status;
	return pill(__(told), COLOURS[told] || "gray");
}

/** A file of this site; one that is elsewhere is named only. */
function file({ file_name, file_url }) {
	if (!/^\/[^/]/.test(file_url || "")) return html`${file_name}`;
	return html`<a class="erp-connect-link" href="${file_url}" target="_blank" rel="noopener noreferrer">${file_name}</a>`;
}
