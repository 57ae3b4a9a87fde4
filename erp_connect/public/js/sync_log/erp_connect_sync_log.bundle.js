// Loaded by the form of Sync Log.

import { attempts_html, outcome_html, request_html } from "./attempts";
import { show_conflict } from "./conflict";
import { received_html } from "./received";

Object.assign(erp_connect, { attempts_html, outcome_html, received_html, request_html, show_conflict });
