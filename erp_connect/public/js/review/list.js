// What waits, as a list to choose from, and buttons for its kinds.

import { direction, title } from "../shared/events";
import { html, moment_ago, muted, pill } from "../shared/html";

const KINDS = {
	order: () => __("Order"),
	conflict: () => __("Conflict"),
	match: () => __("Which document?"),
	other: () => __("To decide"),
	difference: () => __("Difference"),
};
const COLOURS = { order: "orange", conflict: "yellow", match: "blue", other: "gray", difference: "purple" };

export function key_of(item) {
	return item ? `${item.held_as === "difference" ? "difference" : "event"}:${item.name}` : "";
}

export function of_kind(items, kind) {
	return kind ? items.filter((item) => item.held_as === kind) : items;
}

export function kind_pill({ held_as }) {
	return pill(KINDS[held_as](), COLOURS[held_as]);
}

export function title_of(item) {
	if (item.held_as !== "difference") return title(item);
	const known = item.document_name || item.external_id || __(item.document_type);
	return `${known} · ${__(item.kind)}`;
}

export function list_html({ items, kind, chosen, more }) {
	const shown = of_kind(items, kind);
	return html`${kinds_html(items, kind)}
		<div
			role="listbox"
			aria-label="${__("What waits for a decision")}"
			class="list-group"
			style="max-height: 70vh; overflow-y: auto"
		>
			${shown.map((item) => row(item, key_of(item) === chosen))}
		</div>
		${more && muted(__("There are more: they follow when these are decided."))}`;
}

function kinds_html(items, kind) {
	const button = (value, label, count) =>
		html`<button
			type="button"
			class="btn btn-xs mr-1 mb-1 ${value === kind ? "btn-primary" : "btn-default"}"
			aria-pressed="${String(value === kind)}"
			data-kind="${value}"
		>
			${label} ${count}
		</button>`;
	const present = Object.keys(KINDS).filter((one) => items.some((item) => item.held_as === one));
	return html`<div class="mb-2">
		${button("", __("All"), items.length)}
		${present.map((one) => button(one, KINDS[one](), of_kind(items, one).length))}
	</div>`;
}

function row(item, selected) {
	return html`<button
		type="button"
		role="option"
		aria-selected="${String(selected)}"
		tabindex="${selected ? "0" : "-1"}"
		class="list-group-item list-group-item-action small py-2"
		style="background: var(${selected ? "--control-bg" : "--card-bg"}); color: var(--text-color);
			border-color: var(--border-color); ${selected ? "border-left: 3px solid var(--text-color)" : ""}"
		data-item="${key_of(item)}"
	>
		<div>${kind_pill(item)} <b style="overflow-wrap: anywhere">${title_of(item)}</b></div>
		<div class="text-muted">
			${item.direction && direction(item)} ${item.integration} · ${moment_ago(item.creation)}
		</div>
		<div class="text-muted ellipsis">${(item.error || item.message || "").slice(0, 200)}</div>
	</button>`;
}
