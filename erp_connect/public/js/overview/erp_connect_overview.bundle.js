// Loaded by the block of the workspace: how the accounts stand, and what waits for a person.

import { begin_with_the_system } from "./onboarding";
import { show_overview } from "./overview";

begin_with_the_system();
Object.assign(erp_connect, { show_overview });
