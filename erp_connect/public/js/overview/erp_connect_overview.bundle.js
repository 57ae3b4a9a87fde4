// Loaded by the block of the workspace: how the accounts stand, and what waits for a person.

import { show_overview } from "./overview";

Object.assign(erp_connect, { show_overview });
