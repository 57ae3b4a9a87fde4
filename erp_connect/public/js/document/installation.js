// On every screen of the app: that nothing is sent, since this site looks like a copy of another one.

import { call } from "./events";
import { html } from "./html";

const CSS_CLASS = "erp-connect-held";
const MODULE = "ERP Connect";
let state;

$(document).on("page-change", show);

async function show() {
	$(`.${CSS_CLASS}`).remove();
	if (!(await is_our_screen())) return;
	state ??= call("installation.state");
	const found = await state;
	$(`.${CSS_CLASS}`).remove();
	if (found?.held) place(found);
}

async function is_our_screen() {
	const [view, name] = frappe.get_route();
	if (view === "Workspaces") return [name, frappe.get_route()[2]].includes(MODULE);
	if (!["Form", "List", "Tree", "print"].includes(view)) return false;
	await new Promise((resolve) => frappe.model.with_doctype(name, resolve));
	return frappe.get_meta(name)?.module === MODULE;
}

function place(found) {
	const notice = $(
		String(html`<div class="${CSS_CLASS} form-message red mb-0" role="alert">
			${__(
				"This site looks like a copy of another installation: nothing is sent, fetched or accepted until a System Manager confirms it."
			)}
			${found.may_confirm
				? html`<button class="btn btn-xs btn-danger ml-2">${__("Confirm this installation")}</button>`
				: ""}
		</div>`)
	);
	notice.find("button").on("click", () => ask(found));
	$(document.body).prepend(notice);
}

function ask({ waiting }) {
	frappe.confirm(
		__(
			"Is this the installation that works with the outside systems? If it is a copy, both would send, fetch and write the same. {0} accounts have events waiting, which go out at once.",
			[waiting]
		),
		async () => {
			await call("installation.confirm", {}, { freeze: true });
			state = undefined;
			show();
		}
	);
}
