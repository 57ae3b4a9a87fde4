// Loaded by the form of Sync Log.

import { outcome_html, request_html, timeline_html } from "./attempts";
import { show_conflict } from "./conflict";
import { open_flow, row_named } from "./flow_row";
import { received_html } from "./received";

Object.assign(erp_connect, {
	open_flow,
	outcome_html,
	received_html,
	request_html,
	row_named,
	show_conflict,
	timeline_html,
});
