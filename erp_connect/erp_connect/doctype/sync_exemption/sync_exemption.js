// Form of what a person decided of a document: who, when, why, and the button that ends it.

erp_connect.protect("Sync Exemption");

frappe.ui.form.on("Sync Exemption", {
	refresh(frm) {
		frm.disable_save();
		// None is made here: say what it is.
		if (frm.is_new()) return frm.set_intro(__(frm.meta.description));
		frm.page.set_title(erp_connect.inert(frm.doc.document_name));
		if (!erp_connect.may_link()) return;
		frm.add_custom_button(__("Take Back"), async () => {
			await erp_connect.load("document_actions");
			await erp_connect.take_back([frm.docname]);
			frappe.set_route("List", frm.doctype);
		});
	},
});
