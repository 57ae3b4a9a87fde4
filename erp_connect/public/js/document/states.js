// What lists say of the states of pulls, loads and comparisons, which are drawn before a screen's script is there.

const RUNS = ["Running", "Retrying"];
const COMPARES = ["Queued", "Running"];
const DIFFERENCES = {
	Open: "orange",
	Repairing: "blue",
	Repaired: "green",
	Failed: "red",
};
const COUNTERS = ["missing_here", "missing_there", "different", "orphan_links"];

export function pull_runs(state) {
	return RUNS.includes(state?.status);
}

/** Colour and label of a state; left: see `left_of`. */
export function pull_status({ status, last_run, error, left }) {
	if (status === "Running") return ["blue", __("Running")];
	if (status === "Retrying") return ["orange", __("Tries again")];
	if (status === "Stopped") return error ? ["red", __("Stopped by an error")] : ["gray", __("Stopped")];
	if (error) return ["orange", __("Complete, with a warning")];
	if (!last_run) return ["gray", __("Not run yet")];
	if (left?.length) return [left[0].colour, left[0].label];
	return left ? ["green", __("Up to date")] : ["blue", __("Fetched")];
}

/** Colour and label of a load in windows; left: as above, green only where nothing is left. */
export function load_status({ status, error, left }) {
	if (status === "Completed") {
		if (error) return ["orange", __("Complete, with a warning")];
		const [worst] = left || [{ colour: "blue" }];
		return [worst?.colour || "green", worst?.label || __("Completed")];
	}
	if (status === "Cancelled") return ["gray", __("Cancelled")];
	return pull_status({ status, error });
}

export function compares({ status }) {
	return COMPARES.includes(status);
}

/** Number of differences, of all kinds. */
export function number_found(state) {
	return COUNTERS.reduce((sum, counter) => sum + (state[counter] || 0), 0);
}

export function difference_colour(status) {
	return DIFFERENCES[status] || "gray";
}

export function exemption_label(rule) {
	if (rule === "Skip") return __("Skipped");
	return rule === "Pin Here" ? __("Pinned here") : __("Pinned outside");
}
