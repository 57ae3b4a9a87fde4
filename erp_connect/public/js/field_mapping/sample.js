// The sample of the outside that a flow is set up by: where it came from, another in its place, and its paths as suggestions.

import { call, error_box } from "../shared/events";
import { html, moment_ago } from "../shared/html";

const ORIGINS = {
	Fetched: () => __("Fetched"),
	Received: () => __("Received"),
	Preset: () => __("Example of the preset"),
	Pasted: () => __("Pasted"),
};

/** Draws the section, and asks for the sample that is at hand. `changed(frm)` is called whenever there is another one. */
export async function show_sample(frm, changed) {
	frm.erp_connect_sample_changed = changed;
	const area = frm.get_field("sample_area").$wrapper;
	area.off("click.sample").on("click.sample", "[data-take]", ({ currentTarget }) =>
		take(frm, currentTarget.dataset.take)
	);
	if (!frm.doc.integration || !frm.doc.document_type) {
		area.empty();
		return;
	}
	if (frm.erp_connect_sample?.flow !== frm.docname) {
		frm.erp_connect_sample = undefined;
		draw(frm);
		const flow = frm.docname;
		const found = await ask(frm, "samples.show");
		// Meanwhile another flow may have been opened, or a sample taken.
		if (frm.docname === flow && !frm.erp_connect_sample) use(frm, found);
	} else {
		use(frm, frm.erp_connect_sample);
	}
}

/** What was pasted before the flow was saved is kept with it: noted before the save, as the form is drawn anew by then. */
export async function keep_sample(frm) {
	const text = frm.erp_connect_unkept;
	frm.erp_connect_unkept = "";
	if (text) use(frm, await ask(frm, "samples.paste", { text }));
}

function ask(frm, method, values = {}) {
	return call(method, { mapping: JSON.stringify(frm.doc), ...values });
}

function use(frm, sample, unkept = "") {
	// Whoever may not see samples is given none by the first look, and takes none after that.
	frm.erp_connect_sample = { allowed: true, ...sample, flow: frm.docname, unkept };
	draw(frm);
	frm.erp_connect_sample_changed(frm);
}

async function take(frm, origin) {
	if (origin === "Pasted") return paste(frm);
	use(frm, await call("samples.take", { mapping: JSON.stringify(frm.doc), origin }, { freeze: true }));
}

function paste(frm) {
	const dialog = erp_connect.dialog({
		title: __("Paste a sample"),
		fields: [
			{
				fieldname: "text",
				fieldtype: "Code",
				label: __("A record, or the whole body of a webhook, as JSON or XML"),
				min_lines: 5,
				max_lines: 20,
				reqd: 1,
			},
		],
		primary_action_label: __("Use as Sample"),
		async primary_action({ text }) {
			const sample = await ask(frm, "samples.paste", { text });
			dialog.hide();
			use(frm, sample, frm.is_new() ? text : "");
		},
	});
	dialog.show();
}

function draw(frm) {
	const sample = frm.erp_connect_sample;
	const { direction, pull_path, topics } = frm.doc;
	const comes_in = direction !== "Outgoing";
	const ways = [
		comes_in && pull_path && ["Fetched", __("Fetch")],
		comes_in && topics && ["Received", __("Last Received")],
		["Preset", __("From Preset")],
		["Pasted", __("Paste…")],
	].filter(Boolean);
	frm.get_field("sample_area").$wrapper.html(
		String(html`<div class="erp-connect-sample mb-3">
			<label class="control-label mb-1">${__("Sample of the outside")}</label>
			<div class="d-flex flex-wrap align-items-center" style="gap: 0.5rem">
				<span class="text-muted small">${sample ? about(sample) : __("Looking for one …")}</span>
				${ways.map(
					([origin, label]) =>
						html`<button type="button" class="btn btn-default btn-xs" data-take="${origin}">
							${label}
						</button>`
				)}
			</div>
			${drifted(sample?.drift)}
		</div>`)
	);
}

/** What the last record has that the sample lacks, and the other way round. */
function drifted({ new: more, gone } = {}) {
	const words = [
		more?.length && __("New outside since this sample was taken: {0}.", [more.join(", ")]),
		gone?.length && __("Mapped, but not in the last record that came: {0}.", [gone.join(", ")]),
	].filter(Boolean);
	return words.length > 0 && html`<div class="mt-1">${words.map((text) => error_box(text, "orange"))}</div>`;
}

function about({ origin, taken_on, topic, paths }) {
	if (!origin)
		return __("None yet. With one, its fields are offered as Outside field, with examples.");
	const parts = [
		ORIGINS[origin]?.() || origin,
		topic,
		taken_on && moment_ago(taken_on),
		__("{0} fields", [paths.length]),
	].filter(Boolean);
	return parts.map((part, i) => html`${i ? " · " : ""}${part}`);
}
