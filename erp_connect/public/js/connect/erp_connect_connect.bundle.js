// Loaded where a system is connected: the list of accounts.

import { connect_system } from "./choose";
import { start } from "./start";

Object.assign(erp_connect, { connect_system, show_connected: start });
