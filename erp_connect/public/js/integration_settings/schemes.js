// Named schemes by which requests are signed: what there is to choose, and the credentials that the chosen one uses.

import { call } from "../shared/events";

const CREDENTIALS = ["api_key", "api_secret", "token", "token_secret"];
let schemes;

export async function show_schemes(frm) {
	schemes ??= call("accounts.signing_schemes").then((found) => found || []);
	const known = await schemes;
	frm.get_field("request_scheme").set_data(known);
	show_credentials(frm, known);
}

/** Only what the scheme uses is asked for; other ways to authenticate decide by themselves. */
function show_credentials(frm, known) {
	const named = frm.doc.auth_type === "Named Scheme";
	const chosen = named && known.find(({ value }) => value === frm.doc.request_scheme);
	for (const fieldname of CREDENTIALS) {
		const unused = named && !chosen?.fields.includes(fieldname);
		frm.set_df_property(fieldname, "hidden", unused ? 1 : 0);
	}
	frm.set_df_property("request_scheme", "description", chosen?.description || __("How each request is signed"));
}
