// The keys of the review desk, shown by Frappe's own list of shortcuts as well.

const ACTIONS = {
	r: ["retry", () => __("Retry")],
	s: ["skip", () => __("Skip, or ignore a difference")],
	n: ["resolve", () => __("Resolve with a note")],
	o: ["open", () => __("Open the event")],
	l: ["link", () => __("Link with the chosen document")],
	m: ["merge", () => __("Merge others into the chosen document")],
	c: ["create", () => __("Create a new document")],
};

// Of what stands beside each other: both versions of a conflict, or the documents that a record may be.
const SIDES = ["here", "there", "per_field"];
const MOST = 9;

export function add_keys(desk) {
	const add = (shortcut, description, action) =>
		frappe.ui.keys.add_shortcut({
			shortcut,
			description,
			action,
			page: desk.page,
			condition: () => !types(),
			ignore_inputs: true, // the choice of a document is an input, too
		});
	add("j", __("Next"), () => desk.move(1));
	add("k", __("Previous"), () => desk.move(-1));
	for (const [key, [action, label]] of Object.entries(ACTIONS)) add(key, label(), () => desk.press(action));
	for (let number = 1; number <= MOST; number++)
		add(String(number), __("Choose number {0}", [number]), () => choose(desk, number - 1));
	desk.part("list").on("keydown", (event) => {
		const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!steps) return;
		event.preventDefault();
		desk.move(steps);
	});
}

/** Whether keys are meant for a field or a question that is open. */
function types() {
	const fields = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]";
	return $(document.activeElement).is(fields) || $(".modal.show").length > 0;
}

function choose(desk, place) {
	const $offered = desk.part("detail").find("input[name=erp-connect-candidate]");
	if ($offered.length) $offered.eq(place).prop("checked", true).trigger("focus");
	else if (SIDES[place]) desk.press(SIDES[place]);
}

/** The key of an action as a hint on its button. */
export function hint(action) {
	if (SIDES.includes(action)) return String(SIDES.indexOf(action) + 1);
	return Object.keys(ACTIONS).find((key) => ACTIONS[key][0] === action) || "";
}
