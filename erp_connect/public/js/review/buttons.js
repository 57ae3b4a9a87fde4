// Buttons of the review desk, each with the key that presses it.

import { html } from "../shared/html";
import { hint } from "./keys";

export function button(action, label, kind = "default") {
	const key = hint(action);
	return html`<button
		type="button"
		class="btn btn-sm btn-${kind} mr-2 mb-2"
		data-key="${action}"
		aria-keyshortcuts="${key}"
	>
		${label} ${key && html`<kbd class="small" aria-hidden="true">${key}</kbd>`}
	</button>`;
}

/** `actions`: functions by the action of their button. */
export function on_press($where, actions) {
	$where.find("[data-key]").on("click", ({ currentTarget }) => actions[currentTarget.dataset.key]?.());
}
