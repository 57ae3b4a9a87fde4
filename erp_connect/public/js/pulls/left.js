// What is left of the events behind a pull, a load or a backfill: each of these is over before its events are done.

import { counted } from "../shared/counted";
import { call, log_list_path } from "../shared/events";
import { GOING_ON } from "../shared/figures";
import { desk_link, html } from "../shared/html";

/** What is not done, the worst first: {colour, label, short, filters} each; filters: of the list of events.
 * events: of one row, as `events.not_done` gives them. */
export function left_of({ failed, held, waiting, filters }) {
	return [
		[
			failed,
			"red",
			__("One event failed"),
			__("{0} events failed", [failed]),
			__("{0} failed", [failed]),
			"Failed",
		],
		[
			held,
			"orange",
			__("One event waits for a decision"),
			__("{0} events wait for a decision", [held]),
			__("{0} to decide", [held]),
			"On Hold",
		],
		[
			waiting,
			"blue",
			__("One event is under way."),
			__("{0} events are under way.", [waiting]),
			__("{0} under way", [waiting]),
			GOING_ON,
		],
	]
		.filter(([count]) => count)
		.map(([count, colour, one, many, short, status]) => ({
			colour,
			label: counted(count, one, many),
			short,
			filters: { ...filters, status },
		}));
}

/** The same as links to the events themselves. */
export function left_links(left) {
	return left.map(
		({ label, filters }, i) => html`${i ? " · " : ""}${desk_link(log_list_path(pairs(filters)), label)}`
	);
}

/** A column with several rules stands in the address once for each. */
function pairs(filters) {
	return Object.entries(filters).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
}

/** What is left behind one record, for its form. */
export async function ask_left(doctype, name) {
	const found = await call("events.not_done", { doctype, names: [name] });
	return found[name] && left_of(found[name]);
}

/** Asks what is left behind the rows of a list, and draws them with it: as `left` of each. */
export async function show_left(listview) {
	const rows = listview.data;
	if (listview.view_name !== "List" || !rows.length) return; // a report has no indicators
	const found = await call("events.not_done", { doctype: listview.doctype, names: rows.map(({ name }) => name) });
	if (listview.data !== rows) return; // drawn anew meanwhile, which asks again
	for (const row of rows)
		// In the words for which a column has room.
		row.left =
			found[row.name] && left_of(found[row.name]).map((one) => ({ ...one, label: one.short, about: one.label }));
	listview.render_list();
	listview.set_rows_as_checked();
}
