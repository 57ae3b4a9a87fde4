// Buttons of an account. What they do is decided on the server, erp_connect/api/accounts.py.

frappe.ui.form.on("Integration Settings", {
	async refresh(frm) {
		set_system_options(frm);
		erp_connect.plain_secrets(frm.wrapper);
		await erp_connect.load("integration_settings");
		if (!frm.is_new()) add_buttons(frm);
		if (!frm.is_dirty()) frm.toggle_display(LINKS_WHEN_MOVED, false);
		if (may_write(frm)) {
			erp_connect.show_inbound(frm);
			erp_connect.show_own_scheme(frm);
			erp_connect.show_schemes(frm);
			erp_connect.show_webhooks(frm);
		}
		const health = await erp_connect.show_health(frm);
		if (health) set_headline(frm, health);
	},

	system(frm) {
		apply_preset(frm);
	},

	auth_type(frm) {
		erp_connect.show_schemes?.(frm);
	},

	request_scheme(frm) {
		erp_connect.show_schemes?.(frm);
	},

	verification(frm) {
		erp_connect.show_own_scheme?.(frm);
	},

	verification_scheme(frm) {
		erp_connect.show_own_scheme?.(frm);
	},

	grant_access(frm) {
		grant_access(frm);
	},
});

// With any of these, the account may lead to another system, whose records the links do not mean.
const LINKS_WHEN_MOVED = "links_when_moved";
const LEADING = [
	"environment",
	"base_url",
	"sandbox_base_url",
	"connected_app",
	"username",
	"password",
	"token",
	"api_key",
	"api_secret",
];
const ask_for_links = (frm) => frm.is_new() || frm.toggle_display(LINKS_WHEN_MOVED, true);
for (const field of LEADING) frappe.ui.form.on("Integration Settings", { [field]: ask_for_links });
frappe.ui.form.on("Integration Input", { value: ask_for_links });
frappe.ui.form.on("Integration Parameter", { value: ask_for_links, secret: ask_for_links });

function add_buttons(frm) {
	const flow_defaults = { integration: frm.docname };
	frm.add_custom_button(__("New Flow"), () => frappe.new_doc("Field Mapping", flow_defaults));
	if (!may_write(frm)) return;
	frm.add_custom_button(__("Test Connection"), () => saved(frm, test_connection));
	const actions = __("Actions");
	if (frm.doc.paused) frm.add_custom_button(__("Resume"), () => resume(frm)).addClass("btn-primary");
	else frm.add_custom_button(__("Pause"), () => pause(frm), actions);
	frm.add_custom_button(__("New Signing Secret"), () => saved(frm, new_secret), actions);
	if (frm.doc.auth_type === "OAuth 2 Authorization Code")
		frm.add_custom_button(__("Grant Access"), () => grant_access(frm), actions);
	frm.add_custom_button(
		__("Export as Preset"),
		() => saved(frm, erp_connect.open_preset_export),
		actions
	);
	find_preset(frm).then((preset) => {
		if (!preset) return;
		frm.add_custom_button(__("Add Flows from Preset"), () => open_preset_flows(frm), actions);
		frm.add_custom_button(
			__("Update from Preset"),
			() => saved(frm, erp_connect.open_preset_releases),
			actions
		);
	});
}

function may_write(frm) {
	return frappe.perm.has_perm("Integration Settings", 0, "write", frm.doc);
}

function saved(frm, work) {
	if (frm.is_dirty()) frappe.throw(__("Save the account first, so that what you see is what is used."));
	return work(frm);
}

function call(method, args, freeze_message) {
	return erp_connect.events.call(`accounts.${method}`, args, { freeze: true, freeze_message });
}

function set_headline(frm, health) {
	const { enabled, paused, pause_reason } = frm.doc;
	const { html } = erp_connect.markup;
	const show = (colour, ...texts) =>
		frm.dashboard.set_headline(String(html`<span>${texts.filter(Boolean).join(" ")}</span>`), colour);
	if (!enabled) {
		show("red", __("Switched off: nothing is recorded or sent for this account."));
	} else if (paused) {
		show(
			"orange",
			__("Paused: changes are recorded and wait. Press Resume to send them."),
			pause_reason
		);
	} else if (health.breaker === "Open") {
		show(
			"red",
			__("Stopped after {0} failures in a row.", [health.failures]),
			__("One event is tried from time to time; all follow when it succeeds.")
		);
	} else if (health.sunset) {
		show("orange", health.sunset);
	} else {
		frm.dashboard.clear_headline();
	}
}

async function test_connection(frm) {
	const answer = await call("test_connection", { account: frm.docname }, __("Calling…"));
	erp_connect.show_connection_test(answer);
}

function pause(frm) {
	erp_connect.ask(
		{ fieldname: "reason", fieldtype: "Data", label: __("Reason"), description: __("Shown to others") },
		async ({ reason }) => {
			await call("pause", { account: frm.docname, reason: reason || "" });
			frm.reload_doc();
		},
		__("Pause sending? Changes go on being recorded."),
		__("Pause")
	);
}

async function resume(frm) {
	await call("resume", { account: frm.docname });
	frappe.show_alert({ message: __("Resumed. What waited is being sent."), indicator: "green" });
	frm.reload_doc();
}

function new_secret(frm) {
	frappe.confirm(
		__(
			"Make a new signing secret? The old one goes on signing too for 24 hours, so that receivers can change over."
		),
		async () => {
			const secret = await call("rotate_signing_secret", { account: frm.docname });
			await frm.reload_doc();
			show_secret(secret);
		}
	);
}

function show_secret(secret) {
	const dialog = erp_connect.dialog({
		title: __("New signing secret"),
		fields: [
			{
				fieldname: "secret",
				fieldtype: "Data",
				label: __("Signing secret"),
				read_only: 1,
				default: secret,
				description: __("It is shown this once. Give it to the other system now."),
			},
		],
		primary_action_label: __("Copy"),
		primary_action: () => frappe.utils.copy_to_clipboard(secret),
	});
	dialog.show();
}

async function grant_access(frm) {
	await saved(frm, async () => {
		const address = await call("grant_access", { account: frm.docname });
		if (/^https?:\/\//i.test(address)) window.open(address, "_blank", "noopener");
		frappe.show_alert(__("Grant access in the window that has opened, then come back."));
	});
}

// Presets ---------------------------------------------------------------------

let known_presets;
function presets() {
	known_presets ??= erp_connect.events.call("presets.options").then((found) => found || []);
	return known_presets;
}

async function set_system_options(frm) {
	if (!may_write(frm)) return;
	const field = frm.get_field("system");
	field.df.ignore_validation = true; // a system without a preset has a name too
	field.set_data(await presets());
}

async function find_preset(frm) {
	return (await presets()).find((preset) => preset.value === frm.doc.system);
}

/** Fills what the preset knows into the form; nothing is saved, and nothing that was typed is lost. */
async function apply_preset(frm) {
	if (!may_write(frm) || !(await find_preset(frm))) return;
	const changed = await erp_connect.events.call("presets.apply_to_account", {
		account: JSON.stringify(frm.doc),
		preset: frm.doc.system,
	});
	const { parameters = [], ...values } = changed || {};
	for (const row of parameters) frm.add_child("parameters", row);
	if (parameters.length) frm.refresh_field("parameters");
	await frm.set_value(values);
	frappe.show_alert({
		message: __("Filled in what is known about {0}. Add the secrets, then save.", [frm.doc.system]),
		indicator: "blue",
	});
}

async function open_preset_flows(frm) {
	const { title, flows, notes } = await erp_connect.events.call("presets.describe", {
		preset: frm.doc.system,
	});
	const { html } = erp_connect.markup;
	const dialog = erp_connect.dialog({
		title: __("Flows for {0}", [title]),
		fields: [
			{
				fieldname: "notes",
				fieldtype: "HTML",
				options: String(html`${notes.map((note) => html`<p class="small text-muted">${note}</p>`)}`),
			},
			{
				fieldname: "flows",
				fieldtype: "MultiCheck",
				label: __("Each is switched off at first, so that you can look at it."),
				columns: 1,
				options: erp_connect.presets
					.offered(flows)
					.map(({ value, label }) => ({ value, label: frappe.utils.escape_html(label) })),
			},
			...erp_connect.presets.lacking(flows),
		],
		primary_action_label: __("Add"),
		primary_action: async (values) => {
			if (!values.flows?.length) frappe.throw(__("Choose at least one flow."));
			await erp_connect.events.call(
				"presets.add_flows",
				{ account: frm.docname, preset: frm.doc.system, flows: values.flows },
				{ freeze: true }
			);
			dialog.hide();
			frappe.set_route("List", "Field Mapping", { integration: frm.docname });
		},
	});
	dialog.show();
}
