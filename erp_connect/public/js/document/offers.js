// The button “Offers…” of drafts for which an account can be asked, such as the rates of carriers.

import { load } from "./load";

const PLACE = "Offers…";

export function add_offers_button(frm) {
	const doctypes = frappe.boot.erp_connect?.offers || [];
	frm.remove_custom_button(__(PLACE));
	if (!doctypes.includes(frm.doctype) || frm.doc.docstatus !== 0 || !frm.perm[0]?.write) return;
	frm.add_custom_button(__(PLACE), async () => {
		if (frm.is_dirty()) await frm.save();
		await load("offers");
		erp_connect.offers_dialog(frm);
	});
}
