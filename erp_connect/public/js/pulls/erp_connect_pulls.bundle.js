// Loaded where pulls are shown and started: Field Mapping, Sync Cursor, Sync Load, Sync Backfill, Sync Reconciliation.

import * as forms from "./forms";
import * as left from "./left";
import * as loads from "./loads";
import * as pulls from "./pulls";

Object.assign(erp_connect, { pulls: { ...pulls, ...loads, ...forms, ...left } });
