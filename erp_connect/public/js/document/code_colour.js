// Names in code and links in texts on the pages of this app: Frappe's colour for code can hardly be read on the dark
// theme, and its links have the colour of the text around them.

const PAGES = ["Form/Integration Settings", "Form/Field Mapping", "Form/Sync ", "connect-review"];
const of_page = PAGES.map((route) => `[data-route^="${route}"]`).join(", ");

frappe.dom.set_style(
	`[data-theme="dark"] body:is(${of_page}) code,
	[data-theme="dark"] body:is(${of_page}) .modal code { color: var(--text-color); background: var(--control-bg); }
	.erp-connect-link { text-decoration: underline; }`,
	"erp-connect-code"
);
