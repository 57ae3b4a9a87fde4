// Update from Preset: what a newer release changes of an account's flows, taken over flow by flow.

import { call } from "../shared/events";
import { html, muted, pill } from "../shared/html";

/** Opens the dialog of an account. */
export async function open_preset_releases(frm) {
	const account = frm.docname;
	const dialog = erp_connect.dialog({
		title: __("Update from Preset"),
		size: "extra-large",
		fields: [{ fieldname: "updates", fieldtype: "HTML" }],
	});
	const wrapper = dialog.fields_dict.updates.$wrapper;
	const load = async () => {
		const found = await call("preset_releases.updates", { account }, { freeze: true });
		dialog.set_title(found.title ? __("Update from {0}", [found.title]) : __("Update from Preset"));
		wrapper.html(String(panel(found)));
	};
	wrapper.on("click", "[data-take]", async (event) => {
		const section = event.target.closest("[data-flow]");
		const { flow, release } = section.dataset;
		const chosen = [...section.querySelectorAll("input[type=radio][value=theirs]:checked")];
		const ids = chosen.map((field) => field.dataset.change);
		await call("preset_releases.take_over", { flow, release, chosen: ids }, { freeze: true });
		frappe.show_alert({ message: __("{0} is at release {1} now.", [flow, release]), indicator: "green" });
		await load();
		frm.reload_doc();
	});
	await load();
	dialog.show();
}

function panel({ flows, gone, untaken, release }) {
	return html`${flows.map(section)} ${!flows.length && muted(up_to_date(release))}
		${gone.length > 0 &&
		html`<p class="mt-3">
			${__("The preset does not have these any more. They stay as they are:")} ${gone.join("; ")}
		</p>`}
		${untaken.length > 0 &&
		html`<p class="mt-3">
			${__("The preset has more flows. To add one, press Actions → Add Flows from Preset:")}
			${untaken.join("; ")}
		</p>`}`;
}

function up_to_date(release) {
	return release
		? __("There is nothing newer. The preset is at release {0}.", [release])
		: __("The system of this account has no preset.");
}

function section(update, number) {
	const { flow, from, to, enabled, notes, roles, changes } = update;
	const conflicts = changes.filter((change) => change.conflict);
	const plain = changes.filter((change) => !change.conflict);
	return html`<section class="mb-5" data-flow="${flow}" data-release="${to}">
		<h5>${flow} ${pill(`${from} → ${to}`, "blue")} ${enabled && pill(__("Switched on"), "blue")}</h5>
		${notes.length > 0 &&
		html`<ul>
			${notes.map(({ release, text }) => html`<li><b>${release}</b> ${text}</li>`)}
		</ul>`}
		${roles.length > 0 &&
		html`<p class="text-danger">
			${__("The user of the account lacks roles that it needs then: {0}.", [roles.join(", ")])}
		</p>`}
		${conflicts.length > 0 &&
		html`<h6 class="mt-3">${__("Changed by you and by the preset: choose what stands")}</h6>
			${grid(
				[__("What"), __("Was"), __("Yours: keep it"), __("The preset's: take it")],
				conflicts.map((change, index) => conflict(change, `${number}-${index}`))
			)}`}
		${plain.length > 0 &&
		html`<h6 class="mt-3">${__("Changed by the preset only: is taken over")}</h6>
			${grid([__("What"), __("Until now"), __("Then")], plain.map(plain_row))}`}
		${!changes.length && muted(__("Nothing of this flow changes; only its release is noted."))}
		<button type="button" class="btn btn-sm btn-primary" data-take>${__("Take Over")}</button>
		<span class="small text-muted ml-2">${__("Whatever else you changed stays.")}</span>
	</section>`;
}

function plain_row(change) {
	const until_now = { added: __("Not there"), changed: value(change.yours), removed: value(change.yours) };
	const then = { added: value(change.now), changed: value(change.now), removed: muted(__("Removed")) };
	return [what(change), until_now[change.kind], then[change.kind]];
}

function conflict(change, name) {
	const choice = (side, text) => html`<label class="mb-0" style="font-weight: normal">
		<input
			type="radio"
			name="conflict-${name}"
			value="${side}"
			data-change="${change.id}"
			${side === "yours" ? "checked" : ""}
		/>
		${text}
	</label>`;
	const gone = muted(__("Removed"));
	const yours = change.kind === "added" ? gone : value(change.yours);
	const theirs = change.kind === "removed" ? gone : value(change.now);
	return [what(change), value(change.before), choice("yours", yours), choice("theirs", theirs)];
}

function what({ where, what }) {
	return html`${where}${what && html`<div class="small text-muted">${what}</div>`}`;
}

function value(text) {
	return text ? html`<span style="white-space: pre-wrap">${text}</span>` : muted(__("Empty"));
}

function grid(heads, rows) {
	const width = `${Math.floor(100 / heads.length)}%`;
	return html`<table class="table table-sm small" style="table-layout: fixed">
		<thead>
			<tr>
				${heads.map((head) => html`<th scope="col" style="width: ${width}">${head}</th>`)}
			</tr>
		</thead>
		<tbody>
			${rows.map(
				(cells) =>
					html`<tr>
						${cells.map((cell) => html`<td style="overflow-wrap: anywhere">${cell}</td>`)}
					</tr>`
			)}
		</tbody>
	</table>`;
}
