// The inbound side of an account's form: how webhooks are verified, and the address to give to the sender.

import { call } from "../shared/events";
import { html } from "../shared/html";

let schemes;

export async function show_inbound(frm) {
	show_address(frm);
	schemes ??= call("accounts.verification_schemes").then((found) => found || []);
	frm.get_field("verification").set_data(await schemes);
}

function show_address(frm) {
	const field = frm.get_field("webhook_address");
	if (!frm.doc.endpoint_key) {
		field.$wrapper.empty();
		return;
	}
	const address = `${window.location.origin}/api/method/erp_connect.api.webhook.receive/${frm.doc.endpoint_key}`;
	field.$wrapper.html(
		String(html`<div class="form-group">
			<label class="control-label">${__("Webhook address")}</label>
			<div class="like-disabled-input" style="overflow-wrap: anywhere"><code>${address}</code></div>
			<p class="help-box small text-muted">
				${__("Give it to the sender. Anybody who knows it still needs the webhook secret.")}
				<button type="button" class="btn btn-xs btn-default">${__("Copy")}</button>
			</p>
		</div>`)
	);
	field.$wrapper.find("button").on("click", () => frappe.utils.copy_to_clipboard(address));
}
