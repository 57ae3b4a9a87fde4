// What the form of an incoming event shows: the record as it came, and what was done with it.

import { event_label } from "../shared/events";
import { form_link, html, muted, table } from "../shared/html";
import { parsed } from "../shared/values";
import { content_block } from "./pretty";

const ACTIONS = {
	created: () => __("Created"),
	updated: () => __("Updated"),
	unchanged: () => __("Nothing to change"),
	stale: () => __("Older than what is here"),
	ignored: () => __("Ignored"),
	deleted: () => __("Deleted"),
	held: () => __("On Hold"),
	failed: () => __("Failed"),
};

/** `create` or `created` → what is or was done, translated. */
export function action_label(action) {
	return (ACTIONS[action] || (() => event_label(action)))();
}

export function received_html(doc) {
	if (["pull_run", "load_run"].includes(doc.event))
		return String(muted(__("A pull that could not go on. What was asked and answered stands below.")));
	const record = doc.request_body
		? content_block(doc.request_body)
		: muted(__("Nothing is kept of it."));
	return String(html`${record}
	${doc.response_body &&
	html`<h6>${__("What was done")}</h6>
		${answer(doc.response_body)}`}`);
}

function answer(text) {
	const done = parsed(text, null);
	if (!Array.isArray(done) || !done.length || !done.every((one) => one?.action))
		return content_block(text);
	return table(
		[__("Done"), __("Document type"), __("Document"), __("Reason")],
		done.map(({ action, doctype, name, reason }) => [
			action_label(action),
			doctype ? __(doctype) : "",
			doctype && name ? form_link(doctype, name) : name,
			reason,
		])
	);
}
