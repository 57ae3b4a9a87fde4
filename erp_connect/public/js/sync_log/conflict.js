// An event on hold because both sides changed its document: both versions in its form.

import { draw_conflict, fields_of } from "../shared/conflict";

const CSS_CLASS = "erp-connect-conflict";

/** Adds the section to the form of an event that waits for a decision. */
export function show_conflict(frm) {
	if (!fields_of(frm.doc).length) return;
	frm.dashboard.add_section("", __("Both sides changed"), `custom ${CSS_CLASS}`);
	frm.dashboard.show();
	draw_conflict($(frm.wrapper).find(`.${CSS_CLASS} .section-body`), frm.doc, () => frm.reload_doc());
}
