// Flows of a preset whose document type this site does not have: an app is not installed.

import { html } from "./html";

/** Those that can be made here. flows: as `presets.describe` tells them. */
export function offered(flows) {
	return flows.filter(({ lacks }) => !lacks);
}

/** A field that says what is not offered, and why; none where all is. */
export function lacking(flows) {
	const missing = flows.filter(({ lacks }) => lacks);
	if (!missing.length) return [];
	const lines = missing.map(
		({ label, lacks }) =>
			html`<div class="small text-muted">${__("{0} needs {1}, which this site does not have.", [label, lacks])}</div>`
	);
	return [{ fieldname: "lacking", fieldtype: "HTML", options: String(html`${lines}`) }];
}
