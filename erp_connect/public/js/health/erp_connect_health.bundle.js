// Loaded by the page of the site's health.

import { health_page } from "./health";

Object.assign(erp_connect, { health_page });
