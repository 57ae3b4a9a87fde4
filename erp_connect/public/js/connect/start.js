// Connecting a system, last step: whether it answers, its webhooks, and switching on what it exchanges.

import { counted } from "../shared/counted";
import { call, log_list_path } from "../shared/events";
import { desk_link, form_link, html, pill } from "../shared/html";

/** Shows what was made of an account, tests its connection, and offers to begin. */
export async function start({ account, flows, lacking, redirect }, system) {
	const dialog = erp_connect.dialog({
		title: __("{0} is set up", [account]),
		fields: [{ fieldname: "state", fieldtype: "HTML" }],
		primary_action_label: __("Switch On"),
		primary_action: () => begin(dialog, state),
		secondary_action_label: __("Look at It First"),
		secondary_action: () => open_account(dialog, account),
	});
	const { calls, registers_webhooks: webhooks } = system;
	const state = { account, flows, lacking, redirect, calls, webhooks };
	dialog.show();
	show(dialog, state);
	if (calls.length && !flows.length) done(dialog, account);
	// Nothing answers before a person has granted access.
	if (!redirect && !calls.length) await test(dialog, state);
	return dialog;
}

async function test(dialog, state) {
	state.tested = await call("accounts.test_connection", { account: state.account });
	show(dialog, state);
}

async function grant(dialog, state) {
	const address = await call("accounts.grant_access", { account: state.account });
	if (!/^https?:\/\//i.test(address)) return;
	window.open(address, "_blank", "noopener");
	state.opened = true;
	show(dialog, state);
}

async function begin(dialog, state) {
	dialog.disable_primary_action();
	const { account } = state;
	try {
		state.switched = await call("presets.switch_on", { account }, { freeze: true });
		if (state.webhooks)
			state.registered = await call(
				"webhook_subscriptions.register",
				{ account },
				{ freeze: true, freeze_message: __("Registering webhooks…") }
			);
	} finally {
		dialog.enable_primary_action();
		show(dialog, state);
	}
	done(dialog, account);
}

function done(dialog, account) {
	dialog.set_primary_action(__("Open the Account"), () => open_account(dialog, account));
	dialog.get_secondary_btn().addClass("hide");
}

function open_account(dialog, account) {
	dialog.hide();
	frappe.set_route("Form", "Integration Settings", account);
}

function show(dialog, state) {
	dialog.fields_dict.state.$wrapper.html(
		String(html`<div class="erp-connect-start">${lines(state).map(line)}</div>`)
	);
	const $state = dialog.fields_dict.state.$wrapper;
	$state.find("[data-do=grant]").on("click", () => grant(dialog, state));
	$state.find("[data-do=test]").on("click", () => test(dialog, state));
}

function line([done, text, detail]) {
	const [label, colour] = {
		yes: [__("Done"), "green"],
		no: [__("Not yet"), "orange"],
		bad: [__("To do"), "red"],
		next: [__("Next"), "blue"],
	}[done];
	return html`<div class="mb-3" style="display: flex; gap: 12px">
		<div style="flex: 0 0 80px; white-space: nowrap">${pill(label, colour)}</div>
		<div style="overflow-wrap: anywhere">${text} ${detail && html`<div class="small text-muted">${detail}</div>`}</div>
	</div>`;
}

function lines(state) {
	return [
		["yes", __("The account is made."), ""],
		...(state.redirect ? [access(state)] : []),
		...(state.calls.length || (state.redirect && !state.tested && !state.opened) ? [] : [connection(state)]),
		...(state.lacking.length ? [roles(state.lacking)] : []),
		...(state.calls.length ? [served(state)] : []),
		...(state.flows.length || !state.calls.length ? [flows_line(state)] : []),
		...(state.webhooks ? [webhooks(state.registered)] : []),
		...(state.switched?.on.length ? [next(state)] : []),
	];
}

function served({ calls }) {
	const address = `${window.location.origin}/api/method/erp_connect.api.v1.`;
	return [
		"yes",
		__("It may call this site now: enter this address and the credentials there."),
		html`<code>${address}</code> ${calls.join(", ")}`,
	];
}

function access({ redirect, opened, tested }) {
	return [
		tested?.ok ? "yes" : "bad",
		__("Let a person grant access."),
		html`<div>${__("Enter this redirect address in your app at the other side:")} <code>${redirect}</code></div>
			<button type="button" class="btn btn-xs btn-default" data-do="grant">${__("Grant Access")}</button>
			${opened &&
			html`<button type="button" class="btn btn-xs btn-default" data-do="test">${__("Test Connection")}</button>`}`,
	];
}

function connection({ tested, opened }) {
	if (opened && !tested) return ["no", __("Grant access in the window that has opened, then test the connection."), ""];
	if (!tested) return ["no", __("Testing the connection…"), ""];
	if (tested.ok) return ["yes", __("The other side answers."), tested.called];
	return ["bad", tested.message, tested.advice || __("Correct it in the account, then press Test Connection.")];
}

function roles(lacking) {
	return [
		"bad",
		__("The user of the account lacks roles: {0}.", [lacking.map((role) => __(role)).join(", ")]),
		__("Give them to the user, or let the account act as another one."),
	];
}

function flows_line({ flows, switched }) {
	if (!flows.length) return ["no", __("Nothing is exchanged yet: add flows in the account."), ""];
	if (!switched) {
		const ready = counted(
			flows.length,
			__("One flow is ready and switched off."),
			__("{0} flows are ready and switched off.", [flows.length])
		);
		return ["no", ready, flow_links(flows)];
	}
	const refused = Object.entries(switched.refused);
	const on = counted(
		switched.on.length,
		__("One flow is switched on."),
		__("{0} flows are switched on.", [switched.on.length])
	);
	if (!refused.length) return ["yes", on, flow_links(switched.on)];
	return [
		"bad",
		__("Switched on: {0}. Not switched on:", [switched.on.join(", ") || __("None")]),
		html`${refused.map(([name, reason]) => html`<div><b>${name}</b>: ${reason}</div>`)}`,
	];
}

function flow_links(names) {
	return html`${names.map((name, index) => html`${index ? ", " : ""}${form_link("Field Mapping", name)}`)}`;
}

function next({ account }) {
	const events = desk_link(log_list_path({ integration: account }), __("Events of this account"));
	return [
		"next",
		__("What is changed from now on goes across by itself. Each record that does is an event, with what came of it."),
		html`<div>${events}</div>
			<div>
				${__(
					"What was there before goes across when you want it: open a flow, look at its Preview, then choose Actions → Send Existing Documents or Pull Now, as it has them."
				)}
			</div>`,
	];
}

function webhooks(registered) {
	if (!registered) return ["no", __("Its webhooks are registered when you switch it on."), ""];
	const failed = Object.entries(registered.failed);
	if (!failed.length)
		return ["yes", __("Webhooks are registered."), [...registered.made, ...registered.kept].join(", ")];
	return [
		"bad",
		__("Not all webhooks are registered. Correct it, then press Webhooks → Register in the account."),
		html`${failed.map(([topic, reason]) => html`<div><b>${topic}</b>: ${reason}</div>`)}`,
	];
}
