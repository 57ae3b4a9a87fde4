// What lists say of the states of pulls, loads and comparisons, which are drawn before a screen's script is there.

const RUNS = ["Running", "Retrying"];
const COMPARES = ["Queued", "Running"];
const COMPARISONS = { Running: "blue", Completed: "green", Failed: "red", Stopped: "orange" };
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

/** Colour and label of a state; left: see `pull_events`. */
export function pull_status({ status, last_run, error, left }) {
	if (status === "Running") return ["blue", __("Running")];
	if (status === "Retrying") return ["orange", __("Tries again")];
	if (status === "Stopped") return error ? ["red", __("Stopped by an error")] : ["gray", __("Stopped")];
	if (error) return ["orange", __("Complete, with a warning")];
	if (!last_run) return ["gray", __("Not run yet")];
	if (left?.length) return [left[0].colour, left[0].label];
	return ["green", left ? __("Up to date") : __("Fetched")];
}

/** Colour and label of a load in windows. */
export function load_status({ status, error }) {
	if (status === "Completed")
		return error ? ["orange", __("Complete, with a warning")] : ["green", __("Completed")];
	if (status === "Cancelled") return ["gray", __("Cancelled")];
	return pull_status({ status, error });
}

export function comparison_colour(status) {
	return COMPARISONS[status] || "gray";
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
