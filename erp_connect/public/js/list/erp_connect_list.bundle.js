// Loaded by the lists of the app: on a phone, what a row is about and how it stands are read whole.
// Frappe cuts both: it gives 80 % of the row to its left part in 15, and one line to all of it in 16.

const STYLE = `
	@media (max-width: 767px) {
		.erp-connect-list .list-row { height: auto; min-height: 40px; padding: 8px 0; }
		.erp-connect-list .list-row > .level-left { flex: 1 1 0; min-width: 0; white-space: normal !important; }
		/* What Frappe 16 puts below a title, a line each. */
		.erp-connect-list .list-row .mobile-layout { max-width: 100%; padding-left: 27px !important; }
		.erp-connect-list .list-row .mobile-layout:not(:has(.filterable:empty)) { display: block; }
		.erp-connect-list .list-row .mobile-layout::after { display: none !important; }
		.erp-connect-list .list-row > .level-right { flex: 0 1 auto; min-width: 0; max-width: 45%; padding-right: 8px; }
		.erp-connect-list .list-row > .level-right > .level-item { flex: 0 1 auto; min-width: 0; }
		.erp-connect-list .list-row .level-item.ellipsis { flex: 1 1 0; min-width: 0; justify-content: flex-start; }
		.erp-connect-list .list-row :is(.list-subject, .mobile-layout) :is(.ellipsis, a),
		.erp-connect-list .list-row .level-right .indicator-pill,
		.erp-connect-list .list-row .level-right .indicator-pill .ellipsis { white-space: normal !important; overflow-wrap: anywhere; }
		.erp-connect-list .list-row .level-right .indicator-pill { height: auto; min-height: 20px; padding: 2px 8px; text-align: left; }
		/* Its titles say already what Frappe 16 would put below them. */
		.erp-connect-titles .list-row .mobile-layout { display: none !important; }
	}`;

frappe.dom.set_style(STYLE, "erp-connect-list-style");
