// The one that is chosen: what is the matter, what there is to choose from, and the ways out as buttons.

import { act, call, error_box, may } from "../shared/events";
import { draw_conflict } from "../shared/conflict";
import { code_block, form_link, html, outside_link, pretty } from "../shared/html";
import { parsed } from "../shared/values";
import { button, on_press } from "./buttons";
import { hint } from "./keys";
import { kind_pill, title_of } from "./list";
import { show_match } from "./match";

export async function show_detail(desk, item) {
	const $detail = desk.part("detail");
	$detail.html(String(frame(item)));
	const is_current = () => $detail.find(`[data-detail="${item.name}"]`).length > 0;
	const fill = item.held_as === "difference" ? show_difference : show_event;
	await fill(desk, item, $detail, is_current);
}

function frame(item) {
	return html`<div class="border rounded p-3" data-detail="${item.name}">
		<h5 style="overflow-wrap: anywhere">${kind_pill(item)} ${title_of(item)}</h5>
		<p class="small text-muted">
			${item.integration && form_link("Integration Settings", item.integration)}
			${item.field_mapping && html`· ${form_link("Field Mapping", item.field_mapping)}`}
			${item.external_url && html`· ${outside_link(item.external_url, __("Open Outside"))}`}
		</p>
		${error_box(item.error || item.message, "orange")}
		${item.known_as && known_html(item)}
		<div data-part="choice"></div>
		<p class="mt-3" data-part="buttons"></p>
		<div data-part="record"></div>
	</div>`;
}

/** What waits may have been settled by what came later. */
function known_html({ known_as: { doctype, name } }) {
	return html`<p class="small">
		${__("The record is here as {0}", [__(doctype)])} <b>${form_link(doctype, name)}</b>.
		${__("If that is right as it stands, skip this event.")}
	</p>`;
}

async function show_event(desk, item, $detail, is_current) {
	const $choice = $detail.find("[data-part=choice]");
	draw_buttons(desk, item, $detail);
	const doc = await call("review.conflict", { event: item.name });
	if (!is_current()) return;
	if (item.held_as === "conflict") {
		draw_conflict($choice, doc, desk.reload);
		name_keys($choice);
		return;
	}
	$detail.find("[data-part=record]").html(String(record_html(doc)));
	if (erp_connect.may_link() && item.held_as === "match") await show_match(desk, item, $choice, is_current);
}

/** The buttons of a conflict are pressed by keys as well; they are drawn anew when it is decided per field. */
function name_keys($choice) {
	const keys = { here: "here", there: "there", open: "per_field" };
	for (const [decision, key] of Object.entries(keys))
		$choice
			.find(`[data-decision=${decision}]`)
			.attr({ "data-key": key, "aria-keyshortcuts": hint(key) })
			.append(` ${html`<kbd class="small" aria-hidden="true">${hint(key)}</kbd>`}`);
}

function record_html({ request_body }) {
	if (!request_body) return "";
	return html`<details>
		<summary class="small">${__("The record as it came")}</summary>
		${code_block(pretty(request_body))}
	</details>`;
}

function draw_buttons(desk, item, $detail) {
	const decides = item.held_as === "conflict";
	const $buttons = $detail.find("[data-part=buttons]");
	$buttons.html(
		String(html`${!decides && may("retry", item) && button("retry", __("Retry"), item.held_as === "match" ? "default" : "primary")}
		${may("cancel", { ...item, conflict: decides }) && [
			button("skip", __("Skip")),
			button("resolve", __("Resolve with a Note…")),
		]}
		${item.held_as === "order" && button("settings", __("Settings of Orders"))}
		${item.held_as !== "match" && !decides && erp_connect.may_link() && button("link", __("Link…"))}
		${button("open", __("Open the Event"))}`)
	);
	const carry_out = async (action, args) => {
		await act(action, [item.name], args);
		desk.reload();
	};
	on_press($buttons, {
		retry: () => carry_out("retry"),
		skip: () =>
			frappe.confirm(__("Skip this event? Nothing is done about it. Retry takes it up again."), () =>
				carry_out("cancel")
			),
		resolve: () => erp_connect.ask_note((note) => carry_out("cancel", { note })),
		link: () => erp_connect.open_link({ event: item.name, done: desk.reload }),
		settings: () => open_settings(item.integration),
		open: () => frappe.set_route("Form", "Sync Log", item.name),
	});
}

/** The tab of the account that holds what messages about orders name, such as its rounding limit. */
function open_settings(account) {
	const opened = "form-refresh.erp-connect-settings";
	$(document)
		.off(opened)
		.on(opened, (event, frm) => {
			if (frm.docname !== account) return;
			$(document).off(opened);
			frm.layout.tabs?.find((tab) => tab.df.fieldname === "commerce_tab")?.set_active();
		});
	frappe.set_route("Form", "Integration Settings", account);
}

async function show_difference(desk, item, $detail, is_current) {
	const { detail_html, may_repair, repair } = erp_connect.differences;
	const doc = await frappe.db.get_doc("Sync Difference", item.name);
	if (!is_current()) return;
	// The message stands above already.
	const found = { ...doc, message: "", fields: parsed(doc.fields_json, []), record: doc.record || "" };
	$detail.find("[data-part=choice]").html(String(detail_html(found)));
	const $buttons = $detail.find("[data-part=buttons]");
	$buttons.html(
		String(html`${may_repair() && [
			button("retry", __("Repair as the Flow Says"), "primary"),
			button("here", __("Take ERPNext")),
			button("there", __("Take Outside")),
			button("skip", __("Ignore")),
		]}
		${button("open", __("Open the Difference"))}`)
	);
	const by = (side) => () => repair([item.name], side, desk.reload);
	on_press($buttons, {
		retry: by("policy"),
		here: by("here"),
		there: by("there"),
		skip: by("ignore"),
		open: () => frappe.set_route("Form", "Sync Difference", item.name),
	});
}
