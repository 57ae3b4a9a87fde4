// The dialog in which a person chooses one of the offers that accounts make for a document.

import { call, error_box } from "../shared/events";
import { html, muted, table } from "../shared/html";

/** Opens the dialog for the document of a form, and asks each account that may be asked, one beside the other. */
export async function offers_dialog(frm) {
	const dialog = erp_connect.dialog({
		title: __("Offers for {0}", [frm.docname]),
		size: "large",
		fields: [{ fieldname: "offers", fieldtype: "HTML" }],
	});
	dialog.show();
	const place = dialog.fields_dict.offers.$wrapper;
	place.html(String(muted(__("Asking …"))));
	const flows = await call("offers.flows", { doctype: frm.doctype });
	place.empty();
	if (!flows.length) place.html(String(muted(__("No account that you may see can be asked."))));
	await Promise.all(flows.map((flow) => show(dialog, frm, flow, $("<div>").appendTo(place))));
	return dialog;
}

async function show(dialog, frm, flow, place) {
	const heading = html`<h6 class="mt-3">${flow.integration}</h6>`;
	place.html(String(html`${heading}${muted(__("Asking …"))}`));
	const answer = await call("offers.ask", { flow: flow.name, name: frm.docname });
	place.html(String(html`${heading}${answer.reason ? error_box(answer.reason) : list(answer.offers)}`));
	place.on("click", "button", async (event) => {
		place.find("button").prop("disabled", true);
		await call("offers.choose", {
			flow: flow.name,
			name: frm.docname,
			token: answer.token,
			number: Number(event.currentTarget.value),
		});
		dialog.hide();
		frappe.show_alert({ message: __("Written into the document."), indicator: "green" });
		frm.reload_doc();
	});
}

function list(offers) {
	if (!offers.length) return muted(__("Nothing is offered for this document."));
	return table(
		[__("Offer"), __("Price"), __("Days"), ""],
		offers.map((offer, number) => [
			html`<b>${offer.title}</b> ${offer.text && html`<span class="text-muted">${offer.text}</span>`}`,
			html`<span class="text-nowrap">${price(offer)}</span>`,
			offer.days || "–",
			html`<button
				class="btn btn-xs btn-default"
				value="${number}"
				aria-label="${__("Choose {0}", [offer.title])}"
			>
				${__("Choose")}
			</button>`,
		])
	);
}

function price({ price, currency }) {
	if (price === null) return "–";
	// An unknown currency would make Frappe's own formatting fall back to that of the company.
	return `${frappe.format(price, { fieldtype: "Float", precision: 2 }, { inline: true, only_value: true })} ${currency}`;
}
