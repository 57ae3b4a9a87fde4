// Loaded by the form of Field Mapping.

import { open_backfill } from "./backfill";
import { show_documents } from "./documents";
import { save_file } from "../shared/files";
import { fill_paging, show_paging_help } from "./paging";
import { open_preview } from "./preview";
import { open_pull_preview } from "./pull_preview";

Object.assign(erp_connect, {
	fill_paging,
	open_backfill,
	open_preview,
	open_pull_preview,
	save_file,
	show_documents,
	show_paging_help,
});
