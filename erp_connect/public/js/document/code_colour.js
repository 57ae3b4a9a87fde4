// Names in code on the pages of this app: Frappe's colour for them can hardly be read on the dark theme.

const PAGES = ["Form/Integration Settings", "Form/Field Mapping", "Form/Sync ", "connect-review"];
const of_page = PAGES.map((route) => `[data-route^="${route}"]`).join(", ");

frappe.dom.set_style(
	`[data-theme="dark"] body:is(${of_page}) code,
	[data-theme="dark"] body:is(${of_page}) .modal code { color: var(--text-color); background: var(--control-bg); }`,
	"erp-connect-code"
);
