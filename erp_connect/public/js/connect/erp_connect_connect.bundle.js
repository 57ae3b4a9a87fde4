// Loaded where a system is connected: the list of accounts.

import { connect_system } from "./choose";
import { import_account } from "./from_file";
import { start } from "./start";

Object.assign(erp_connect, { connect_system, import_account, show_connected: start });
