// What Frappe's colours leave hard to read on the pages and in the dialogs of this app: names in code on the dark theme,
// lists to choose from there, which stay white, and links, which have the colour of the text around them.

const PAGES = ["Form/Integration Settings", "Form/Field Mapping", "Form/Sync ", "connect-review"];
const of_page = PAGES.map((route) => `[data-route^="${route}"]`).join(", ");

frappe.dom.set_style(
	`[data-theme="dark"] :is(body:is(${of_page}), .erp-connect-dialog, .erp-connect-overview) code { color: var(--text-color); background: var(--control-bg); }
	[data-theme="dark"] body:is(${of_page}) code * { color: inherit; }
	.erp-connect-dialog .list-group-item { background: var(--card-bg); color: var(--text-color); border-color: var(--border-color); }
	.erp-connect-dialog .list-group-item:is(:hover, :focus) { background: var(--control-bg); }
	.erp-connect-link { text-decoration: underline; }`,
	"erp-connect-colours"
);
