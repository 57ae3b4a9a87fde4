// Loaded when a person takes documents out of an exchange, or takes them back.

import { exempt_dialog, exempt_document, exempt_rows, take_back } from "./dialog";

Object.assign(erp_connect, { exempt_dialog, exempt_document, exempt_rows, take_back });
