// Loaded with every page of Desk, so it holds little: helpers of the app's own forms, and the section "Sync".

import { attempts_html, outcome_html, request_html } from "./attempts";
import { open_backfill } from "./backfill";
import * as comparison from "./comparison";
import { show_conflict } from "./conflict";
import * as differences from "./differences";
import "./document_sync";
import * as events from "./events";
import { show_health } from "./health";
import * as markup from "./html";
import { show_inbound } from "./inbound";
import { protect } from "./inert";
import { fill_paging, show_paging_help } from "./paging";
import { open_preview } from "./preview";
import { open_pull_preview } from "./pull_preview";
import * as pulls from "./pulls";
import { received_html } from "./received";
import { parsed } from "./values";

frappe.provide("erp_connect");

Object.assign(erp_connect, {
	attempts_html,
	comparison,
	differences,
	events,
	fill_paging,
	markup,
	open_backfill,
	open_preview,
	open_pull_preview,
	outcome_html,
	parsed,
	protect,
	pulls,
	received_html,
	request_html,
	show_conflict,
	show_health,
	show_inbound,
	show_paging_help,
});
