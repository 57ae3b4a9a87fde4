// What differs between the contents of two tries.

import { html, table } from "../shared/html";
import { parsed, readable } from "../shared/values";

const SHOWN = 20;

/** A table of the values that differ, or nothing where the contents are equal or no JSON. */
export function changes_html(before, after) {
	if (!before || !after || before === after) return "";
	const [old, now] = [parsed(before, null), parsed(after, null)];
	if (!old || !now) return "";
	const found = differing(flat(old), flat(now));
	if (!found.length) return "";
	return html`<p class="small mb-1">${__("Sent otherwise than in the attempt before:")}</p>
		${table(
			[__("Field"), __("Before"), __("In this attempt")],
			found
				.slice(0, SHOWN)
				.map(([path, a, b]) => [html`<code>${path}</code>`, readable(a), readable(b)])
		)}
		${found.length > SHOWN && html`<p class="small text-muted">${__("{0} more", [found.length - SHOWN])}</p>`}`;
}

function differing(old, now) {
	const paths = new Set([...old.keys(), ...now.keys()]);
	return [...paths]
		.filter((path) => old.get(path) !== now.get(path))
		.map((path) => [path, old.get(path), now.get(path)]);
}

function flat(value, path = "", found = new Map()) {
	if (value && typeof value === "object")
		for (const [key, inner] of Object.entries(value))
			flat(inner, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key, found);
	else found.set(path, value);
	return found;
}
