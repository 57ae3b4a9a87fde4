// Loaded with every page of Desk, so it holds little: the section "Sync" of documents, and what it is made of.
// Lists take their colours from here too, as they are drawn before anything could be loaded for them.

import "./document/colours";
import { ask, dialog } from "./document/dialog";
import * as events from "./document/events";
import * as markup from "./document/html";
import { inert, protect } from "./document/inert";
import "./document/installation";
import { may_link, open_link } from "./document/link";
import { head_list, reload_list, with_account } from "./document/list";
import { load } from "./document/load";
import { plain_secrets } from "./document/secrets";
import "./document/section";
import { outcome_label } from "./document/outcomes";
import * as states from "./document/states";

frappe.provide("erp_connect");

Object.assign(erp_connect, {
	ask,
	dialog,
	events: { ...events, outcome_label },
	inert,
	load,
	markup,
	may_link,
	open_link,
	protect,
	head_list,
	plain_secrets,
	reload_list,
	states,
	with_account,
});
