// The reasons of events in words; those that are not here are readable as they are.

const OUTCOMES = {
	already_there: () => __("Already there"),
	both_changed: () => __("Changed on both sides"),
	changed_outside: () => __("Changed outside, that change is taken in first"),
	condition_not_met: () => __("The condition of the flow is not met"),
	conflict_open: () => __("Waits for the decision which side stands"),
	document_deleted: () => __("The document was deleted"),
	outside_taken: () => __("The record stays outside, as a person decided"),
	document_not_found: () => __("There is no such document"),
	ended: () => __("It has ended, and nothing stands in its place"),
	exempt: () => __("A person skipped or pinned the document"),
	flow_disabled: () => __("The flow is switched off"),
	left_out: () => __("Skipped by a person"),
	never_sent: () => __("The other side never heard of it"),
	newer_state_sent: () => __("A newer state was sent"),
	not_meant: () => __("No record of this flow is in the event"),
	no_request_for_event: () => __("The flow has no request for this event"),
	nothing_changed: () => __("No mapped field has changed"),
	parked: () => __("Waits until the record has come"),
	resolved_by_hand: () => __("Resolved by a person"),
	total_differs: () => __("The total differs"),
	validation: () => __("Refused by ERPNext"),
	waiting: () => __("Waits for an earlier event"),
};

/** `nothing_changed` → "No mapped field has changed", translated. */
export function outcome_label(outcome) {
	if (!outcome) return "";
	const words = outcome.replaceAll("_", " ");
	return OUTCOMES[outcome]?.() || __(words.charAt(0).toUpperCase() + words.slice(1));
}
