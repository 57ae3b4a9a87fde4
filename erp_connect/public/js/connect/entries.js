// Connecting a system, second step: what is the account's own.

import { call } from "../shared/events";
import { html } from "../shared/html";
import { lacking, offered } from "../shared/lacking";
import { start } from "./start";

// Keeps what a preset asks for apart from the account's own fields.
const INPUT = "input_";

/**
 * Opens the dialog that asks for what one system needs, and makes the account. source: the name of the system as `preset`,
 * or the `content` of a file.
 */
export async function ask(source) {
	const system = await call("presets.describe", source);
	const names = await frappe.db.get_list("Integration Settings", { pluck: "name", limit: 500 });
	const dialog = erp_connect.dialog({
		title: __("Connect {0}", [system.title]),
		size: "large",
		animate: false,
		fields: fields(system, free_name(system.title, names), {
			changed: () => show_asked(dialog, system),
			company_changed: () => suggest(dialog, source),
		}),
		primary_action_label: __("Connect"),
		primary_action: (values) => connect(dialog, source, system, values),
	});
	dialog.show();
	show_asked(dialog, system);
	suggest(dialog, source);
	return dialog;
}

function free_name(title, taken) {
	let name = title;
	for (let number = 2; taken.includes(name); number++) name = `${title} ${number}`;
	return name;
}

/** Fills in what is most likely meant, where nothing is entered. */
async function suggest(dialog, source) {
	const company = dialog.get_value("company");
	if (!company || dialog.suggested_for === company) return;
	const before = dialog.suggestions || {};
	dialog.suggested_for = company;
	dialog.suggestions = await call("presets.suggestions", { preset: "", ...source, company });
	for (const { fieldname } of dialog.fields) {
		if (!fieldname?.startsWith(INPUT)) continue;
		const key = fieldname.slice(INPUT.length);
		// What was suggested for another company does not fit this one.
		if (!dialog.get_value(fieldname) || dialog.get_value(fieldname) === before[key])
			await dialog.set_value(fieldname, dialog.suggestions[key] || "");
	}
}

function fields(system, name, { changed, company_changed }) {
	return [
		...brought(system),
		{ fieldname: "account_name", fieldtype: "Data", label: __("Name of the account"), default: name, reqd: 1 },
		...choice("environment", __("Environment"), system.environments),
		{ fieldname: "column_1", fieldtype: "Column Break" },
		{
			fieldname: "company",
			fieldtype: "Link",
			options: "Company",
			label: __("Company"),
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
			onchange: company_changed,
		},
		...ways(system, changed),
		{ fieldname: "flows_section", fieldtype: "Section Break", label: __("What is exchanged") },
		{
			fieldname: "flows",
			fieldtype: "MultiCheck",
			columns: 2,
			sort_options: false,
			on_change: changed,
			options: offered(system.flows).map(({ value, label, description, on }) => ({
				value,
				label: frappe.utils.escape_html(label),
				description: frappe.utils.escape_html(description || ""),
				checked: on ? 1 : 0,
			})),
		},
		...lacking(system.flows),
		{ fieldname: "inputs_section", fieldtype: "Section Break", label: __("What belongs to you") },
		...system.inputs.map((input) => field_of(input)),
		{ fieldname: "user_section", fieldtype: "Section Break", label: __("With which rights") },
		...user_fields(),
		...notes(system),
	];
}

/** What is to be known of a system that came as a file, before anything is entered. */
function brought({ addresses, told }) {
	const lines = [
		...(addresses.length ? [__("What is entered goes to {0}, as the file says.", [addresses.join(", ")])] : []),
		...told,
	];
	if (!lines.length) return [];
	return [
		{
			fieldname: "brought",
			fieldtype: "HTML",
			options: String(html`<div class="erp-connect-brought alert alert-warning">
				${lines.map((one) => html`<div>${one}</div>`)}
			</div>`),
		},
		{ fieldname: "brought_end", fieldtype: "Section Break" },
	];
}

function notes(system) {
	if (!system.notes.length) return [];
	const options = String(html`${system.notes.map((note) => html`<p class="small text-muted">${note}</p>`)}`);
	return [
		{ fieldname: "notes_section", fieldtype: "Section Break", label: __("Good to know"), collapsible: 1 },
		{ fieldname: "notes", fieldtype: "HTML", options },
	];
}

function choice(fieldname, label, options) {
	if (options.length < 2) return [];
	return [{ fieldname, fieldtype: "Select", label, options, default: options[0], reqd: 1 }];
}

function ways({ auth }, onchange) {
	if (auth.length < 2) return [];
	return [
		{
			fieldname: "auth",
			fieldtype: "Select",
			label: __("How it is reached"),
			options: auth.map(({ key, title }) => ({ value: key, label: title })),
			default: auth[0].key,
			reqd: 1,
			onchange,
		},
	];
}

function user_fields() {
	const may_make = frappe.model.can_create("User");
	const own = {
		fieldname: "own_user",
		fieldtype: "Check",
		label: __("Make a user for it, with just the roles that this needs"),
		description: __("It cannot log in. What comes from outside is written in its name."),
		default: 1,
	};
	const user = {
		fieldname: "user",
		fieldtype: "Link",
		options: "User",
		label: __("Acts as user"),
		description: __("What comes from outside is written with the rights of this user, and nothing else."),
		depends_on: may_make ? "eval:!doc.own_user" : "",
		mandatory_depends_on: may_make ? "eval:!doc.own_user" : "",
		reqd: may_make ? 0 : 1,
	};
	return may_make ? [own, user] : [user];
}

function field_of(input) {
	const field = {
		fieldname: INPUT + input.key,
		label: input.title,
		description: help(input),
		default: input.default ?? undefined,
	};
	if (input.secret) return { ...field, fieldtype: "Password" };
	if (input.choices.length) {
		const options = input.choices.map(({ value, title }) => ({ value, label: title }));
		return { ...field, fieldtype: "Select", options };
	}
	if (input.doctype) {
		return { ...field, fieldtype: "Link", options: input.doctype, get_query: () => ({ filters: filters_of(input) }) };
	}
	return { ...field, fieldtype: "Data", placeholder: input.example };
}

function filters_of(input) {
	const company = cur_dialog?.get_value("company");
	const filters = { ...input.filters };
	for (const [key, value] of Object.entries(filters)) if (value === "{company}") filters[key] = company;
	if (input.by_company && company && !("company" in filters)) filters.company = company;
	return filters;
}

function help({ help, link, example }) {
	const shown = html`${help} ${example && __("Example: {0}", [example])}
	${link && html`<a class="erp-connect-link" href="${link}" target="_blank" rel="noopener noreferrer">${__("Where it is found")}</a>`}`;
	return String(shown);
}

/** Shows the entries that the chosen way to authenticate and the chosen flows ask for. */
function show_asked(dialog, system) {
	const asked = asked_for(dialog, system).map(({ key }) => key);
	for (const { key, required, default: usual } of system.inputs) {
		const shown = asked.includes(key);
		set_changed(dialog, INPUT + key, "hidden", shown ? 0 : 1);
		set_changed(dialog, INPUT + key, "reqd", shown && required && usual == null ? 1 : 0);
	}
}

/** Frappe draws a field anew when a property is set, and what is being typed into it is lost. */
function set_changed(dialog, fieldname, property, value) {
	if ((dialog.get_field(fieldname).df[property] || 0) !== value) dialog.set_df_property(fieldname, property, value);
}

function asked_for(dialog, { auth, inputs, flows }) {
	const way = dialog.get_value("auth") || auth[0]?.key || "";
	const wanted = with_needed(flows, dialog.get_value("flows") || []);
	return inputs.filter(
		(input) =>
			(!input.auth.length || input.auth.includes(way)) &&
			(!input.flows.length || input.flows.some((flow) => wanted.has(flow)))
	);
}

function with_needed(flows, names) {
	const found = new Set();
	const add = (name) => {
		if (found.has(name)) return;
		found.add(name);
		const flow = flows.find(({ value }) => value === name);
		const several = flow?.needs_one_of || [];
		const chosen = several.filter((one) => names.includes(one));
		[...(flow?.needs || []), ...(chosen.length ? chosen : several.slice(0, 1))].forEach(add);
	};
	names.forEach(add);
	return found;
}

async function connect(dialog, source, system, values) {
	const { account_name, company, user, environment, auth, flows, own_user } = values;
	const entries = Object.fromEntries(
		asked_for(dialog, system).map(({ key }) => [key, values[INPUT + key] ?? ""])
	);
	const made = await call(
		"presets.connect",
		{
			preset: "",
			...source,
			values: JSON.stringify({ account_name, company, environment, user: own_user ? "" : user }),
			entries: JSON.stringify(entries),
			auth: auth || "",
			flows: JSON.stringify(flows || []),
			own_user: own_user ? 1 : 0,
		},
		{ freeze: true, freeze_message: __("Connecting…") }
	);
	dialog.hide();
	start(made, system);
}
