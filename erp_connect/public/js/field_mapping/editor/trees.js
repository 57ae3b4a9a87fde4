// The fields of one side as a tree: objects and tables open, each field is a button that can be reached by keyboard.

import { html, pill } from "../../shared/html";

/**
 * Markup of a tree. `leaves`: {path, label, note, mapped, link, about, mark}. `side`: here or there. A leaf with `link` (a DocType)
 * can be opened, and is filled then; `about`: what it shows. `mark`: [word, colour, meaning], where something is to be known of it.
 */
export function tree(leaves, side, chosen, empty) {
	if (!leaves.length) return html`<p class="text-muted small">${empty}</p>`;
	const marks = new Map(leaves.filter(({ mark }) => mark).map(({ mark }) => [mark[0], mark]));
	return html`${[...marks.values()].map((mark) => html`<div class="small mb-1">${marked(mark)} <span class="text-muted">${mark[2]}</span></div>`)}
	<div class="erp-connect-tree" style="max-height: 22rem; overflow: auto">
		${branch(nested(leaves), side, chosen, "")}
	</div>`;
}

/** Markup of leaves without the branches above them. */
export function flat(leaves, side, chosen) {
	return html`<ul class="list-unstyled mb-0 pl-2">
		${leaves.map((leaf) => html`<li>${button(leaf, side, chosen)}</li>`)}
	</ul>`;
}

function nested(leaves) {
	const root = { branches: new Map(), leaves: [] };
	for (const leaf of leaves) {
		let place = root;
		for (const part of parents(leaf.path)) {
			if (!place.branches.has(part)) place.branches.set(part, { branches: new Map(), leaves: [] });
			place = place.branches.get(part);
		}
		place.leaves.push(leaf);
	}
	return root;
}

/** Names above a field; a quoted name may hold a dot. */
function parents(path) {
	return (path.match(/"(?:[^"\\]|\\.)*"(?:\[\d*\])*|[^.]+/g) || [path]).slice(0, -1);
}

function branch({ branches, leaves }, side, chosen, above) {
	return html`<ul class="list-unstyled mb-0 pl-2">
		${leaves.map((leaf) => html`<li>${button(leaf, side, chosen)} ${leaf.link && linked(leaf)}</li>`)}
		${[...branches].map(
			([name, inner]) =>
				html`<li>
					<details data-branch="${above}${name}">
						<summary class="small"><code>${name}</code> ${marks_in(inner)}</summary>
						${branch(inner, side, chosen, `${above}${name}.`)}
					</details>
				</li>`
		)}
	</ul>`;
}

const marked = ([word, colour, meaning]) => html`<span title="${meaning}">${pill(word, colour)}</span>`;

/** What is marked below a branch, told of it while it is folded. */
function marks_in(inner) {
	const found = new Map();
	const look = ({ branches, leaves }) => {
		for (const { mark } of leaves) if (mark) found.set(mark[0], mark);
		for (const next of branches.values()) look(next);
	};
	look(inner);
	return [...found.values()].map(marked);
}

function button({ path, label, note, mapped, mark }, side, chosen) {
	const is_chosen = chosen === path;
	return html`<button
		type="button"
		class="btn btn-xs text-left ${is_chosen ? "btn-primary" : "btn-default"}"
		style="white-space: normal; overflow-wrap: anywhere; margin: 1px 0; max-width: 100%"
		aria-pressed="${is_chosen ? "true" : "false"}"
		data-side="${side}"
		data-path="${path}"
	>
		${mapped ? "✓ " : ""}<b>${label || path}</b> <span class="${is_chosen ? "" : "text-muted"}">${note}</span>
		${mark && marked(mark)}
	</button>`;
}

function linked({ path, link, about }) {
	return html`<details class="d-inline-block ml-1 align-top" data-link="${link}" data-field="${path}">
		<summary class="small text-muted" title="${about}">${__(link)}</summary>
		<div class="pl-2"></div>
	</details>`;
}

/** Shows only what has `text` in it, with the branches that lead there open. */
export function filter_tree($tree, text) {
	const wanted = text.trim().toLowerCase();
	$tree.find("li").each((_i, item) => {
		const fits = !wanted || item.textContent.toLowerCase().includes(wanted);
		item.style.display = fits ? "" : "none";
	});
	$tree.find("li > details:not([data-link])").prop("open", !!wanted);
}
