// Loads of everything in windows of time: the dialog that starts one, and what its form shows and does.

import { counted } from "../shared/counted";
import { call } from "../shared/events";
import { html } from "../shared/html";

/** "2 windows loaded · now 2021-01-01 – 2021-01-31 · …", of a Sync Load. */
export function load_text({ windows, window_start, window_end, fetched, queued, up_to, since, status }) {
	const open = window_start && !["Completed", "Cancelled"].includes(status);
	return [
		counted(windows, __("1 window loaded"), __("{0} windows loaded", [windows || 0])),
		open ? __("now {0} – {1}", [window_start, window_end]) : __("{0} – {1}", [since, up_to]),
		counted(fetched, __("1 record"), __("{0} records", [fetched || 0])),
		__("{0} new or changed", [queued || 0]),
	].join(" · ");
}

/** Asks from when on a flow is loaded, or leads to the load that is not over. */
export async function open_load(flow) {
	const { since, days, unfinished } = await call("loads.proposal", { mapping: flow });
	if (unfinished) {
		frappe.show_alert({ message: __("This load is not over yet."), indicator: "blue" });
		frappe.set_route("Form", "Sync Load", unfinished);
		return;
	}
	const dialog = erp_connect.dialog({
		title: __("Load records in windows"),
		fields: [
			{
				fieldname: "since",
				fieldtype: "Data",
				label: __("Oldest record"),
				reqd: 1,
				default: since,
				description: __("e.g. 2020-01-31 or 2020-01-31T00:00:00Z"),
			},
			{ fieldname: "explained", fieldtype: "HTML", options: explanation(days) },
		],
		primary_action_label: __("Load"),
		primary_action: async (values) => {
			const name = await call("loads.start", { mapping: flow, ...values }, { freeze: true });
			dialog.hide();
			frappe.set_route("Form", "Sync Load", name);
		},
	});
	dialog.show();
}

function explanation(days) {
	const text = [
		__("Everything from this time up to now is fetched from old to new, {0} days at a time.", [days]),
		__("What is new or changed meanwhile comes by the pull of this flow, which goes on beside it."),
	].join(" ");
	return String(html`<p class="text-muted small">${text}</p>`);
}

/** Stops or resumes a load. */
export async function change_load(action, name, done) {
	await call(`loads.${action}`, { name }, { freeze: true });
	done();
}

export function give_up_load(name, done) {
	frappe.confirm(
		__(
			"Cancel this load? What it has fetched so far stays. The rest does not come by the pull of changes: start another load, or choose Pull Everything."
		),
		() => change_load("give_up", name, done)
	);
}
