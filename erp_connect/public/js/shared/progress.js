// How far something is, as a bar.

import { html } from "./html";

/** A bar filled to `percent`; undefined where nobody knows how much there is: then it is full, and moves. */
export function progress_bar(percent) {
	const width = percent === undefined ? 100 : Math.round(percent || 0);
	return html`<div class="progress mb-1" style="height: 6px">
		<div
			class="progress-bar progress-bar-success ${percent === undefined
				? "progress-bar-striped progress-bar-animated"
				: ""}"
			role="progressbar"
			aria-valuenow="${width}"
			aria-valuemin="0"
			aria-valuemax="100"
			style="width: ${width}%"
		></div>
	</div>`;
}
