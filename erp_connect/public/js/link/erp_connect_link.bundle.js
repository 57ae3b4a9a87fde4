// Loaded when a person links a document with a record outside: from an event, a document or the list of links.

import { link_dialog } from "./dialog";

Object.assign(erp_connect, { link_dialog });
