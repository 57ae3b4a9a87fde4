// What lists say of the states of pulls, loads and comparisons: here, as a list is drawn before a screen's script is loaded.

const RUNS = ["Running", "Retrying"];
const COMPARES = ["Queued", "Running"];
const COMPARISONS = { Queued: "gray", Running: "blue", Completed: "green", Failed: "red", Stopped: "orange" };
const DIFFERENCES = {
	Checking: "gray",
	Open: "orange",
	Repairing: "blue",
	Repaired: "green",
	Ignored: "gray",
	Failed: "red",
	Superseded: "gray",
};
const COUNTERS = ["missing_here", "missing_there", "different", "orphan_links"];

export function pull_runs(state) {
	return RUNS.includes(state?.status);
}

/** Colour and label of a state, as {status, last_run, error}. */
export function pull_status({ status, last_run, error }) {
	if (status === "Running") return ["blue", __("Running")];
	if (status === "Retrying") return ["orange", __("Tries again")];
	if (status === "Stopped") return error ? ["red", __("Stopped by an error")] : ["gray", __("Stopped")];
	if (error) return ["orange", __("Complete, with a warning")];
	return last_run ? ["green", __("Up to date")] : ["gray", __("Not run yet")];
}

/** Colour and label of a load in windows, as {status, error}. */
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

/** Number of differences, from the counts by kind. */
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
