// Help with the ways to turn pages: what each of them needs, and the usual names of its parameters.

// As in erp_connect/core/paging_settings.py, which takes them where nothing is written.
const USUAL = {
	Offset: { page_parameter: "offset", page_size_parameter: "limit" },
	Page: { page_parameter: "page", page_size_parameter: "per_page" },
	"Body cursor": { page_parameter: "cursor", page_size_parameter: "limit" },
	"Header cursor": { page_parameter: "cursor", page_size_parameter: "limit" },
	"GraphQL cursor": { page_parameter: "after", page_size_parameter: "first" },
	searchCriteria: {
		page_parameter: "searchCriteria[currentPage]",
		page_size_parameter: "searchCriteria[pageSize]",
		page_total: "total_count",
	},
	"Last id": { page_parameter: "starting_after", page_size_parameter: "limit", page_more: "has_more" },
	"Changed since": { page_parameter: "offset", page_size_parameter: "limit" },
};
const FIELDS = ["page_parameter", "page_size_parameter", "page_more", "page_total"];

const HELP = {
	None: () => __("One call brings everything. Right for short lists only."),
	Offset: () =>
		__("Each page says how many records to skip: 0, 100, 200 … It ends with a page that is not full."),
	Page: () => __("Pages are numbered: 1, 2, 3 … It ends with a page that is not full."),
	"Link header": () => __("The answer has a <code>Link</code> header with the address of the next page."),
	"Next URL": () =>
		__(
			"The answer holds the address of the next page. Write below where, e.g. <code>paging.next</code>."
		),
	"Body cursor": () =>
		__(
			"The answer holds a mark to send for the next page. Write below where, e.g. <code>meta.next_cursor</code>."
		),
	"Header cursor": () =>
		__(
			"A header of the answer holds a mark to send for the next page. Write its name below, e.g. <code>X-Next</code>."
		),
	"GraphQL cursor": () =>
		__(
			"The query takes <code>$first</code> and <code>$after</code> and asks for <code>pageInfo { hasNextPage endCursor }</code>. Write below where <code>pageInfo</code> stands, e.g. <code>data.orders.pageInfo</code>."
		),
	searchCriteria: () =>
		__(
			"Asks with <code>searchCriteria[currentPage]</code>. Records stand in <code>items</code>, their number in <code>total_count</code>."
		),
	"Last id": () => __("Each page begins after the id of the last record, sent as <code>starting_after</code>."),
	"Changed since": () =>
		__(
			"Each page begins at the change time of the last record. Needs <b>Changed at, in the record</b>, a row with <code>{since}</code> in Query, and records in the order of their changes."
		),
};

/** The description below the field `paging`. The texts are this app's own. */
export function show_paging_help(frm) {
	frm.get_field("paging").set_description((HELP[frm.doc.paging] || HELP.None)());
}

/** Fills in the usual names of the chosen way; what a person wrote stays. */
export async function fill_paging(frm) {
	show_paging_help(frm);
	const usual = USUAL[frm.doc.paging] || {};
	const values = {};
	for (const field of FIELDS) if (is_usual(field, frm.doc[field])) values[field] = usual[field] || "";
	if (frm.doc.paging === "GraphQL cursor") values.pull_method = "POST";
	await frm.set_value(values);
}

function is_usual(field, value) {
	return !value || Object.values(USUAL).some((usual) => usual[field] === value);
}
