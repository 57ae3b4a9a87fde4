// Loaded with the form of a submitted Delivery Note: what became of its parcels, and sending them.

import { show_parcels } from "./parcels";

Object.assign(erp_connect, { show_parcels });
