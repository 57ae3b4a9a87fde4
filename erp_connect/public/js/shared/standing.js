// How an account stands, as the server puts it into words: {colour, words, health}.

import { html, pill } from "./html";

/** A short state is a pill; sentences would be cut in one. */
export function standing({ colour, words, health }) {
	if (["healthy", "quiet"].includes(health)) return pill(words, colour);
	return html`<span class="indicator ${colour}" aria-hidden="true"></span> <span role="status">${words}</span>`;
}
