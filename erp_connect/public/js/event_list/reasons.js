// What failed or waits for a person, by equal reason, each with one repair for all of its events.

import { counted } from "../shared/counted";
import { act, call, direction, error_box, may, outcome_label, status_pill } from "../shared/events";
import { form_link, html, moment_ago, muted } from "../shared/html";
import { ask_note } from "./note";

// Names that a list can be filtered by at once.
const LISTED = 200;
const CONFLICTS = ["both_changed", "conflict_open"];

/** Opens the dialog. `filters`: of the list, as lists of four; `changed`: called when something was repaired. */
export async function show_reasons(filters, changed) {
	const dialog = erp_connect.dialog({
		title: __("What failed or waits, by reason"),
		size: "extra-large",
		fields: [{ fieldname: "groups", fieldtype: "HTML" }],
	});
	dialog.show();
	await draw(dialog, filters, changed);
	return dialog;
}

async function draw(dialog, filters, changed) {
	const found = await call("events.reasons", { filters: JSON.stringify(filters) });
	const $body = dialog.get_field("groups").$wrapper;
	$body.html(String(body(found)));
	$body.find("button[data-group]").on("click", ({ currentTarget: { dataset } }) =>
		repair(dataset.repair, found.groups[dataset.group], dialog, async () => {
			await draw(dialog, filters, changed);
			changed();
		})
	);
}

function body({ groups, looked_at, more }) {
	if (!groups.length) return muted(__("Nothing has failed, and nothing waits for a person."));
	const told = counted(
		groups.length,
		counted(looked_at, __("One event for one reason."), __("{0} events for one reason.", [looked_at])),
		__("{0} events for {1} reasons.", [looked_at, groups.length])
	);
	return html`<p class="small text-muted">
			${told} ${more && __("There are more: these are the newest. Choose filters to see the others.")}
		</p>
		${groups.map(group_html)}`;
}

function group_html(group, number) {
	const account = group.integration && form_link("Integration Settings", group.integration);
	const flow = group.field_mapping && form_link("Field Mapping", group.field_mapping);
	const colour = group.status === "Failed" ? "red" : "orange";
	const button = (repair, label) =>
		html`<button
			type="button"
			class="btn btn-xs btn-default mr-2"
			data-group="${number}"
			data-repair="${repair}"
		>
			${label}
		</button>`;
	return html`<div class="border rounded px-3 py-2 mb-3" data-reason="${number}">
		<p class="mb-2">
			<b>${group.count}</b> ${status_pill(group.status)} ${direction(group)} ${account} ${flow && html`· ${flow}`}
			<span class="text-muted">${outcome_label(group.outcome)} ${group.response_status || ""}</span>
			<span class="text-muted small">
				${moment_ago(group.newest)}${group.count > 1 && html` – ${moment_ago(group.oldest)}`}
			</span>
		</p>
		${error_box(group.reason, colour)} ${group.advice && html`<p class="mb-2">${group.advice}</p>`}
		<p class="mb-1">
			${retryable(group) && button("retry", __("Retry All"))}
			${skippable(group) && [button("cancel", __("Skip All")), button("resolve", __("Resolve with a Note…"))]}
			${button("show", __("Show Events"))}
		</p>
	</div>`;
}

function retryable(group) {
	return may("retry", group) && !CONFLICTS.includes(group.outcome);
}

function skippable(group) {
	return may("cancel", { ...group, conflict: group.outcome === "both_changed" });
}

function repair(kind, group, dialog, done) {
	const carry_out = async (action, args) => {
		await act(action, group.names, args);
		await done();
	};
	const kinds = {
		retry: () => carry_out("retry"),
		cancel: () =>
			frappe.confirm(counted(
				group.count,
				__("Skip this event? Nothing is done about it."),
				__("Skip {0} events? Nothing is done about them.", [group.count])
			), () =>
				carry_out("cancel")
			),
		resolve: () => ask_note((note) => carry_out("cancel", { note })),
		show: () => {
			dialog.hide();
			show(group.names.slice(0, LISTED));
		},
	};
	kinds[kind]();
}

async function show(names) {
	const listed = window.cur_list?.doctype === "Sync Log" && frappe.get_route()[0] === "List";
	if (!listed) {
		frappe.set_route("List", "Sync Log", { name: ["in", names] });
		return;
	}
	await cur_list.filter_area.clear(false);
	cur_list.filter_area.add([["Sync Log", "name", "in", names]]);
}
