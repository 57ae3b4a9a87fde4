// Loaded where many events are repaired at once: from their list, and where one is resolved with a note.

import { ask_note } from "./note";
import { show_reasons } from "./reasons";

Object.assign(erp_connect, { ask_note, show_reasons });
