// Loaded when a person asks for offers for a document, such as the rates of carriers.

import { offers_dialog } from "./dialog";

Object.assign(erp_connect, { offers_dialog });
