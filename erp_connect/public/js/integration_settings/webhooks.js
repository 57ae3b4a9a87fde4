// Webhooks of an account: what is registered at the other side, and the buttons that register and remove it.

import { call } from "../shared/events";
import { html, moment_ago, muted, pill, table } from "../shared/html";

const GROUP = () => __("Webhooks");

/** Shows below the webhook address what is registered, and adds the buttons where the system can be asked for it. */
export async function show_webhooks(frm) {
	if (frm.is_new()) return;
	const account = frm.docname;
	const found = await call("webhook_subscriptions.state", { account });
	if (frm.docname !== account) return;
	show_subscriptions(frm, found);
	if (found.offered || found.subscriptions.length) add_buttons(frm, found);
}

function show_subscriptions(frm, { offered, subscriptions }) {
	const field = frm.get_field("webhook_subscriptions");
	if (!offered && !subscriptions.length) {
		field.$wrapper.empty();
		return;
	}
	field.$wrapper.html(
		String(html`<div class="form-group">
			<label class="control-label">${__("Registered webhooks")}</label>
			${subscriptions.length
				? table([__("Topic"), __("Status"), __("Expires"), __("Last looked at")], subscriptions.map(row))
				: muted(__("None yet. Press Webhooks → Register: the other side then calls the address above."))}
		</div>`)
	);
}

function row({ topic, status, message, expires_on, checked_on }) {
	const failed = status === "Failed";
	return [
		topic === "*" ? __("All topics") : topic,
		html`${pill(__(status), failed ? "red" : "green")} ${failed && message}`,
		expires_on ? frappe.datetime.str_to_user(expires_on) : __("Never"),
		moment_ago(checked_on),
	];
}

function add_buttons(frm, { offered, subscriptions, address, wanted }) {
	if (offered) {
		frm.add_custom_button(__("Register"), () => confirm_register(frm, address, wanted), GROUP());
	}
	if (!subscriptions.length) return;
	if (offered) {
		frm.add_custom_button(__("Register Anew"), () => register(frm, { anew: 1 }), GROUP());
		frm.add_custom_button(__("Remove"), () => confirm_remove(frm), GROUP());
	}
	frm.add_custom_button(__("Forget"), () => confirm_forget(frm), GROUP());
}

function confirm_register(frm, address, wanted) {
	if (!wanted.length)
		frappe.throw(__("No flow of this account takes webhooks. Add a flow with Webhook topics first."));
	frappe.confirm(
		String(html`<p>${__("The other side is asked to call this address:")}</p>
			<p style="overflow-wrap: anywhere"><code>${address}</code></p>
			<p>${__("for: {0}", [wanted.map((topic) => (topic === "*" ? __("all topics") : topic)).join(", ")])}</p>
			<p class="text-muted small">
				${__(
					"It must be reached from outside. If it is not the public address of this site, set host_name in site_config.json."
				)}
			</p>`),
		() => register(frm, {})
	);
}

async function register(frm, options) {
	require_saved(frm);
	const report = await changed(frm, "register", options, __("Registering…"));
	tell(report, __("Webhooks are registered"));
}

function confirm_remove(frm) {
	frappe.confirm(
		__("Remove all webhooks of this account at the other side? Changes there are then seen by pulls only."),
		async () => tell(await changed(frm, "remove", {}, __("Removing…")), __("Webhooks are removed"))
	);
}

function confirm_forget(frm) {
	frappe.confirm(
		__(
			"Strike the webhooks here without asking the other side? They go on calling this site until somebody removes them there."
		),
		async () => {
			const left = await changed(frm, "forget", {});
			if (left.length) tell({ left }, __("Remove these at the other side"));
		}
	);
}

async function changed(frm, method, options, freeze_message) {
	const answer = await call(
		`webhook_subscriptions.${method}`,
		{ account: frm.docname, ...options },
		{ freeze: true, freeze_message }
	);
	frm.reload_doc();
	return answer;
}

function require_saved(frm) {
	if (frm.is_dirty()) frappe.throw(__("Save the account first, so that what you see is what is used."));
}

function tell({ made = [], kept = [], removed = [], failed = {}, left = [] }, done) {
	const troubles = Object.entries(failed);
	const list = (label, topics) => topics.length > 0 && html`<p>${label}: ${topics.join(", ")}</p>`;
	frappe.msgprint({
		title: troubles.length ? __("Not all of it was done") : done,
		indicator: troubles.length ? "red" : left.length ? "orange" : "green",
		message: String(html`${list(__("Registered now"), made)} ${list(__("As before"), kept)}
			${list(__("Removed"), removed)}
			${troubles.map(([topic, reason]) => html`<p><b>${topic}</b>: ${reason}</p>`)}
			${left.length > 0 &&
			html`<p>${__("These stay outside; remove them there:")}</p>
				<ul>
					${left.map((one) => html`<li>${one}</li>`)}
				</ul>`}`),
	});
}
