// Loaded by the forms of Sync Reconciliation and Sync Difference, and by the list of differences to repair them.

import * as comparison from "./comparison";
import * as differences from "./differences";
import { parsed } from "../shared/values";

Object.assign(erp_connect, { comparison, differences, parsed });
