// Loaded by the form of Integration Settings.

import { lacking, offered } from "../shared/lacking";
import { show_connection_test } from "./connection_test";
import { show_health } from "./health";
import { show_inbound } from "./inbound";
import { show_own_scheme } from "./own_scheme";
import { open_preset_export } from "./preset_export";
import { open_preset_releases } from "./preset_releases";
import { show_schemes } from "./schemes";
import { show_webhooks } from "./webhooks";

Object.assign(erp_connect, {
	presets: { lacking, offered },
	open_preset_export,
	open_preset_releases,
	show_connection_test,
	show_health,
	show_inbound,
	show_own_scheme,
	show_schemes,
	show_webhooks,
});
