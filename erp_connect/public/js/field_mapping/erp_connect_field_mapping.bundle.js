// Loaded by the form of Field Mapping, and by its list where a flow is imported.

import { open_backfill } from "./backfill";
import { show_documents } from "./documents";
import { draw_editor, rows_changed } from "./editor/editor";
import { import_flow } from "./import_flow";
import { save_file } from "../shared/files";
import { fill_paging, show_paging_help } from "./paging";
import { open_preview } from "./preview";
import { open_preview_all } from "./preview_all";
import { open_pull_preview } from "./pull_preview";
import { open_received_preview } from "./received_preview";
import { keep_sample, show_sample } from "./sample";

Object.assign(erp_connect, {
	draw_editor,
	fill_paging,
	import_flow,
	open_backfill,
	open_preview,
	open_preview_all,
	keep_sample,
	open_pull_preview,
	open_received_preview,
	rows_changed,
	save_file,
	show_documents,
	show_paging_help,
	show_sample,
});
