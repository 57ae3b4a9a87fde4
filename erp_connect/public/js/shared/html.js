// From the script of every page, document/html.js: there once, not again in each screen's bundle.

export const {
	code_block,
	desk_link,
	form_link,
	html,
	moment_ago,
	muted,
	outside_link,
	pill,
	pretty,
	table,
} = erp_connect.markup;
