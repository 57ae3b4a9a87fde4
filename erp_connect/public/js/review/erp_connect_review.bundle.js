// Loaded by the review desk.

import { review_desk } from "./desk";

Object.assign(erp_connect, { review_desk });
