// Loaded where pulls are shown and started: Field Mapping, Sync Cursor, Sync Reconciliation.

import * as pulls from "./pulls";

Object.assign(erp_connect, { pulls });
