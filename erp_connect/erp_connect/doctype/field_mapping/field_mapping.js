// Form of a flow: previews, sending of existing documents, pulling, export, and help while typing.

frappe.ui.form.on("Field Mapping", {
	setup(frm) {
		tame_suggestions(frm);
		frm.set_query("document_type", () => ({ filters: { istable: 0, is_virtual: 0 } }));
		frm.set_query("parent_doctype", () => ({ filters: { istable: 0, is_virtual: 0, issingle: 0 } }));
		frm.set_query("trigger_doctype", "triggers", () => ({ filters: { istable: 0, is_virtual: 0 } }));
	},

	onload(frm) {
		// What a person has not seen a preview of goes nowhere yet.
		if (frm.is_new()) frm.set_value("enabled", 0);
	},

	async refresh(frm) {
		await erp_connect.load("field_mapping", "pulls");
		erp_connect.show_paging_help(frm);
		erp_connect.show_documents(frm);
		erp_connect.pulls.show_pull(frm);
		if (may_write(frm)) {
			set_transform_options(frm);
			set_field_options(frm);
			add_buttons(frm);
			show_sample(frm);
		}
		if (frm.erp_connect_begins) show_next(frm);
		else if (!frm.is_new() && !frm.doc.enabled)
			frm.dashboard.set_headline(
				__(
					"Switched off: nothing is recorded, sent or fetched by this flow. Look at a preview, then tick Enabled."
				),
				"orange"
			);
	},

	integration: show_sample,

	document_type(frm) {
		set_field_options(frm);
		show_sample(frm);
		if (frm.doc.document_type) suggest_flow(frm);
	},

	purpose: set_field_options,

	async direction(frm) {
		toggle_previews(frm);
		set_field_options(frm);
		await erp_connect.load("pulls");
		erp_connect.pulls.show_pull(frm);
	},

	pull_path: toggle_previews,
	topics: toggle_previews,

	async parent_doctype(frm) {
		frm.set_value("parent_filters", "");
		await erp_connect.load("field_mapping");
		erp_connect.show_documents(frm);
	},

	async paging(frm) {
		await erp_connect.load("field_mapping");
		erp_connect.fill_paging(frm);
	},

	on_hide(frm) {
		clearTimeout(frm.erp_connect_timer);
	},

	async before_save(frm) {
		const before = frm.is_new() ? 0 : (await frappe.db.get_value("Field Mapping", frm.doc.name, "enabled")).message?.enabled;
		frm.erp_connect_begins = frm.doc.enabled && !cint(before);
		frm.erp_connect_unkept = frm.erp_connect_sample?.unkept || "";
	},

	async after_save(frm) {
		await erp_connect.keep_sample(frm);
		// So that the section "Sync" appears without a reload of Desk.
		const doctypes = frappe.boot.erp_connect?.doctypes;
		if (doctypes && !doctypes.includes(frm.doc.document_type)) doctypes.push(frm.doc.document_type);
	},
});

frappe.ui.form.on("Field Mapping Request", {
	event(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		const { operation, method, path, send_body } = request_for(frm, row.event);
		frappe.model.set_value(cdt, cdn, { operation, method, send_body, path: row.path || path });
	},
});

const told_of_row = (frm) => erp_connect.rows_changed?.(frm);

frappe.ui.form.on(
	"Field Mapping Row",
	Object.fromEntries(
		[
			...["source", "target", "argument", "value_map", "direction"],
			...["default_value", "constant", "required", "rows_remove", "rows_move"],
		].map((event) => [event, told_of_row])
	)
);

// The first of the transforms to choose from: none.
const as_it_is = () => __("As it is");

frappe.ui.form.on("Field Mapping Row", {
	transform(frm, cdt, cdn) {
		if (locals[cdt][cdn].transform === as_it_is()) return frappe.model.set_value(cdt, cdn, "transform", "");
		told_of_row(frm);
	},
});

frappe.ui.form.on("Field Mapping Link", {
	link_field: set_field_options,
	alias: set_field_options,
	list_of: set_field_options,
	linked_documents_remove: set_field_options,
});

const REQUESTS = {
	Insert: ["Create", "POST"],
	Submit: ["Create", "POST"],
	Update: ["Update", "PUT"],
	"Update After Submit": ["Update", "PUT"],
	Change: ["Update", "PUT"],
	Rename: ["Update", "PUT"],
	Merge: ["Send", "POST"],
	Cancel: ["Cancel", "POST"],
	Delete: ["Delete", "DELETE"],
};

function request_for(frm, event) {
	const [operation, method] = REQUESTS[event] || ["Update", "PUT"];
	const base = base_path(frm);
	const path = {
		Create: base,
		Update: `${base}/{external_id}`,
		Cancel: `${base}/{external_id}/cancel`,
		Delete: `${base}/{external_id}`,
		Send: `${base}/{external_id}/merge?into={_merged_into.external_id}`,
	}[operation];
	return { operation, method, path, send_body: operation === "Delete" ? 0 : 1 };
}

function base_path(frm) {
	const creating = (frm.doc.requests || []).find((row) => row.path && row.operation === "Create");
	return creating ? creating.path.split("?")[0] : `/${frm.doc.remote_entity || "records"}`;
}

async function suggest_flow(frm) {
	const doctype = frm.doc.document_type;
	await new Promise((resolve) => frappe.model.with_doctype(doctype, resolve));
	if (!frm.doc.remote_entity) await frm.set_value("remote_entity", frappe.scrub(doctype));
	if (frm.doc.direction === "Incoming" || (frm.doc.requests || []).some((row) => row.event)) return;
	frm.clear_table("requests");
	const submittable = frappe.get_meta(doctype).is_submittable;
	for (const event of submittable ? ["Submit", "Cancel"] : ["Insert", "Update"])
		frm.add_child("requests", { event, ...request_for(frm, event) });
	frm.refresh_field("requests");
}

// Help while typing -----------------------------------------------------------

/**
 * Suggestions in the table Fields: wide enough to be read, the closest first, and none taken unless it is chosen. What
 * was typed stays: Frappe's own way is to put the first suggestion in its place.
 */
function tame_suggestions(frm) {
	frm.get_field("rows").$wrapper.on("focusin", ".awesomplete input", ({ currentTarget: input }) => {
		const suggestions = control_of(input)?.awesomplete;
		if (!suggestions) return;
		suggestions.ul.style.minWidth = "20rem"; // Frappe 16 has the list elsewhere in the page
		suggestions.autoFirst = false;
		suggestions.sort = (one, other) => distance(one.value, input.value) - distance(other.value, input.value);
	});
}

function control_of(input) {
	const row = $(input).closest(".grid-row").data("grid_row");
	const controls = [...(row?.on_grid_fields || []), ...(row?.grid_form?.layout?.fields_list || [])];
	return controls.find((control) => control.input === input);
}

function distance(suggestion, typed) {
	if (suggestion === typed) return 0;
	return suggestion.startsWith(typed) ? 1 : 2;
}

function update_grid(frm, fieldname, options, free) {
	const grid = frm.get_field("rows").grid;
	const escape = frappe.utils.escape_html;
	const data = options.map(({ value, description }) => ({
		value,
		label: value,
		description: escape(description || ""),
	}));
	grid.update_docfield_property(fieldname, "options", data);
	grid.update_docfield_property(fieldname, "max_items", 500);
	// Expressions are more than the names of fields.
	if (free) grid.update_docfield_property(fieldname, "ignore_validation", 1);
}

const remembered = {};
function remember(key, make) {
	remembered[key] ??= make();
	return remembered[key];
}

async function set_transform_options(frm) {
	const options = await remember("transforms", () => erp_connect.events.call("flows.transforms"));
	const none = { value: as_it_is(), description: __("The value goes across unchanged") };
	update_grid(frm, "transform", [none, ...options], true);
}

async function set_field_options(frm) {
	const { document_type } = frm.doc;
	if (!document_type) return;
	const purpose = event_of(frm);
	const own = await field_options(document_type, purpose);
	const rows = purpose ? [] : frm.doc.linked_documents || [];
	const linked = await Promise.all(rows.map((row) => linked_options(frm, row)));
	if (frm.doc.document_type === document_type && event_of(frm) === purpose)
		offer_fields(frm, [...own, ...linked.flat()], purpose);
}

async function offer_fields(frm, fields, purpose) {
	update_grid(frm, "source", fields, true);
	await erp_connect.load("field_mapping");
	Object.assign(frm, { erp_connect_fields: fields, erp_connect_event: purpose });
	erp_connect.draw_editor(frm);
}

async function show_sample(frm) {
	if (!may_write(frm)) return;
	await erp_connect.load("field_mapping");
	erp_connect.show_sample(frm, set_outside_options);
}

/** The paths of the sample and those that are new since, with what stands there. */
function set_outside_options(frm) {
	const { paths, drift } = frm.erp_connect_sample;
	const options = [...paths, ...(drift?.paths || [])].map(({ path, type, example }) => ({
		value: path,
		description: [__(type), example].filter(Boolean).join(" · "),
	}));
	update_grid(frm, "target", options, true);
	erp_connect.draw_editor(frm);
}

/** The business event whose fields the rows name; empty where they name those of the document type. */
function event_of(frm) {
	const { direction, purpose } = frm.doc;
	return direction === "Incoming" && purpose && purpose !== "Document" ? purpose : "";
}

function field_options(document_type, purpose = "") {
	return remember(`fields ${document_type} ${purpose}`, () =>
		erp_connect.events.call("flows.field_options", { document_type, purpose })
	);
}

/** Fields of a linked document under its alias, as `customer_doc.email_id` or `items[].item_doc.brand`; of a list, `variants[].item_code`. */
async function linked_options(frm, { link_field, alias, list_of }) {
	if (!link_field || !alias) return [];
	if (list_of) {
		const listed = await field_options(list_of);
		return listed.map((option) => ({ ...option, value: `${alias}[].${option.value}` }));
	}
	const [field, table] = link_field.split(".").reverse();
	let parent = frm.doc.document_type;
	await new Promise((resolve) => frappe.model.with_doctype(parent, resolve));
	if (table) parent = frappe.meta.get_docfield(parent, table.replace("[]", ""))?.options;
	const target = parent && frappe.meta.get_docfield(parent, field);
	if (target?.fieldtype !== "Link") return [];
	const prefix = table ? `${table.replace("[]", "")}[].${alias}` : alias;
	const options = await field_options(target.options);
	return options
		.filter((option) => !option.value.includes("[]"))
		.map((option) => ({ ...option, value: `${prefix}.${option.value}` }));
}

// Buttons ---------------------------------------------------------------------

function may_write(frm) {
	return frappe.perm.has_perm("Field Mapping", 0, "write", frm.doc);
}

function add_buttons(frm) {
	toggle_previews(frm);
	if (frm.is_new()) return;
	const actions = __("Actions");
	if (frm.doc.enabled && erp_connect.pulls.pulls(frm.doc)) erp_connect.pulls.add_pull_buttons(frm);
	if (frm.doc.direction !== "Incoming")
		frm.add_custom_button(__("Send Existing Documents"), () => erp_connect.open_backfill(frm), actions);
	frm.add_custom_button(__("Export"), () => export_flow(frm), actions);
}

function toggle_previews(frm) {
	if (!may_write(frm)) return;
	const { direction, pull_path, topics } = frm.doc;
	const toggle = (label, shown, open) => {
		frm.remove_custom_button(label);
		if (shown) frm.add_custom_button(label, open);
	};
	toggle(__("Preview"), direction !== "Incoming", () => erp_connect.open_preview(frm));
	toggle(__("Preview All"), direction !== "Incoming", () => erp_connect.open_preview_all(frm));
	toggle(__("Preview Pull"), direction !== "Outgoing" && pull_path, () =>
		erp_connect.open_pull_preview(frm)
	);
	toggle(__("Preview Webhook"), direction !== "Outgoing" && topics, () =>
		erp_connect.open_received_preview(frm)
	);
}

async function export_flow(frm) {
	if (frm.is_dirty()) frappe.throw(__("Save the flow first."));
	const content = await erp_connect.events.call("flows.export_mapping", { mapping: frm.docname });
	erp_connect.save_file(`${frappe.scrub(frm.docname)}.json`, content);
}

// What a person who has just switched on a flow asks: what happens now, and where is it seen?
async function show_next(frm) {
	const { markup, events } = erp_connect;
	const { integration, name } = frm.doc;
	const account = (await frappe.db.get_value("Integration Settings", integration, ["enabled", "paused"])).message || {};
	const [text, colour] = what_is_next(frm, account);
	const link =
		colour === "green"
			? markup.desk_link(events.log_list_path({ field_mapping: name }), __("Events of this flow"))
			: markup.form_link("Integration Settings", integration);
	frm.dashboard.set_headline(String(markup.html`<span>${text} ${link}</span>`), colour);
}

function what_is_next(frm, { enabled, paused }) {
	if (!enabled)
		return [__("Switched on, but its account is switched off: nothing goes across until Enabled is ticked there."), "orange"];
	if (paused) return [__("Switched on, but its account is paused: changes wait until it is resumed there."), "orange"];
	const { direction } = frm.doc;
	const pulls = erp_connect.pulls.pulls(frm.doc);
	if (direction === "Outgoing")
		return [
			__("Switched on: each change from now on is sent. What was there before is sent by Actions → Send Existing Documents."),
			"green",
		];
	if (direction === "Incoming")
		return [
			pulls
				? __("Switched on: what comes in from now on is written. What is there outside already comes by Actions → Pull Now.")
				: __("Switched on: what comes in from now on is written."),
			"green",
		];
	return [
		pulls
			? __(
					"Switched on: changes of both sides go across from now on. For what was there before, choose Actions → Send Existing Documents or Pull Now."
				)
			: __(
					"Switched on: changes of both sides go across from now on. For what was there before, choose Actions → Send Existing Documents."
				),
		"green",
	];
}
