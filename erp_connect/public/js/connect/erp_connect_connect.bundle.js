// Loaded where a system is connected: the list of accounts.

import { connect_system } from "./choose";

Object.assign(erp_connect, { connect_system });
