// Loaded when a person sends a document now, takes documents out of an exchange, or takes them back.

import { exempt_dialog, exempt_document, exempt_rows, take_back } from "./exempt";
import { sync_now } from "./sync_now";

Object.assign(erp_connect, { exempt_dialog, exempt_document, exempt_rows, sync_now, take_back });
