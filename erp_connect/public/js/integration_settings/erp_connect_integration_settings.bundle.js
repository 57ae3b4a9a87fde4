// Loaded by the form of Integration Settings.

import { show_health } from "./health";
import { show_inbound } from "./inbound";

Object.assign(erp_connect, { show_health, show_inbound });
