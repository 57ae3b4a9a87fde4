// Loaded with every page of Desk, so it holds little: helpers of the app's own forms, and the section "Sync".

import { attempts_html, outcome_html, request_html } from "./attempts";
import { open_backfill } from "./backfill";
import "./document_sync";
import * as events from "./events";
import { show_health } from "./health";
import * as markup from "./html";
import { show_inbound } from "./inbound";
import { protect } from "./inert";
import { open_preview } from "./preview";

frappe.provide("erp_connect");

Object.assign(erp_connect, {
	attempts_html,
	events,
	markup,
	open_backfill,
	open_preview,
	outcome_html,
	protect,
	request_html,
	show_health,
	show_inbound,
});
