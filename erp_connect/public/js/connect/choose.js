// Connecting a system, first step: which one.

import { call } from "../shared/events";
import { html, muted } from "../shared/html";
import { ask } from "./entries";
import { import_account } from "./from_file";

/** Opens the dialog in which a person chooses a system; the next dialog asks for what is the account's own. */
export async function connect_system() {
	const systems = await call("presets.options");
	const dialog = erp_connect.dialog({
		title: __("Connect a system"),
		// One that is still fading in cannot be hidden, and would stand behind the next.
		animate: false,
		fields: [
			{
				fieldname: "search",
				fieldtype: "Data",
				label: __("Which system?"),
				placeholder: __("Search"),
			},
			{ fieldname: "systems", fieldtype: "HTML" },
		],
		secondary_action_label: __("Import from File"),
		secondary_action: () => {
			dialog.hide();
			import_account();
		},
	});
	dialog.fields_dict.systems.$wrapper.attr("aria-live", "off"); // a long list, which changes with each letter
	const show = () => show_systems(dialog, systems, dialog.get_value("search") || "");
	dialog.fields_dict.search.$input.on("input", () =>
		show_systems(dialog, systems, dialog.fields_dict.search.$input.val())
	);
	dialog.show();
	show();
	return dialog;
}

function show_systems(dialog, systems, text) {
	const wanted = text.trim().toLowerCase();
	const found = systems.filter(({ label, description }) =>
		`${label} ${description}`.toLowerCase().includes(wanted)
	);
	const $list = dialog.fields_dict.systems.$wrapper;
	$list.html(
		String(html`<div class="list-group erp-connect-systems" style="max-height: 55vh; overflow-y: auto">
				${found.map(
					({ value, label, description }) => html`<button
						type="button"
						class="list-group-item list-group-item-action d-flex align-items-center"
						data-system="${value}"
					>
						${letter(label)}
						<span>
							<b>${label}</b>
							<span class="d-block small text-muted">${description}</span>
						</span>
					</button>`
				)}
			</div>
			${!found.length &&
			muted(__("No system of this name. Close this and add an account by hand."))}`)
	);
	$list.find("button").on("click", (event) => {
		dialog.hide();
		ask({ preset: event.currentTarget.dataset.system });
	});
}

/** What is looked for in a long list before names are read; those who hear the page hear the name. */
function letter(label) {
	return html`<span
		class="erp-connect-letter rounded mr-3 text-center font-weight-bold"
		style="flex: none; width: 2.25rem; line-height: 2.25rem; background: var(--control-bg); color: var(--text-color)"
		aria-hidden="true"
		>${[...label][0].toLocaleUpperCase()}</span
	>`;
}
