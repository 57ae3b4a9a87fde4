// Dialogs of this app: each entry has a name for who hears the page, and secrets get no advice on passwords.

/** A dialog of Frappe, with the same options. */
export function dialog(options) {
	const made = new frappe.ui.Dialog(options);
	made.$wrapper.addClass("erp-connect-dialog");
	name_parts(made);
	// Frappe makes the input of an entry that was hidden when it is shown.
	made.$wrapper.on("shown.bs.modal focusin", () => name_parts(made));
	made.$wrapper.on("keydown", ".toggle-password", (event) => {
		if (!["Enter", " "].includes(event.key)) return;
		event.preventDefault();
		event.currentTarget.click();
	});
	return made;
}

/** Asks for the values of fields, which go to `done`. */
export function ask(fields, done, title, button) {
	const asked = dialog({
		title,
		fields: [fields].flat(),
		primary_action_label: button,
		primary_action(values) {
			asked.hide();
			done(values);
		},
	});
	asked.show();
}

/** Frappe writes the label beside an entry, and does not say that it is the entry's; its eye and cross are pictures. */
function name_parts({ fields_list, $wrapper }) {
	for (const control of fields_list) {
		control.disable_password_checks?.();
		// What a dialog finds is read out, unless it says otherwise.
		if (control.df.fieldtype === "HTML" && !control.$wrapper.attr("aria-live")) control.$wrapper.attr("aria-live", "polite");
		if (control.df.label) control.$input?.attr("aria-label", __(control.df.label));
	}
	$wrapper.find(".btn-modal-close").attr("aria-label", __("Close"));
	$wrapper.find(".toggle-password").attr({ role: "button", tabindex: 0, "aria-label": __("Show or hide") });
}
