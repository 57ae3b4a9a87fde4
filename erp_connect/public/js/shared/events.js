// From the script of every page, document/events.js: there once, not again in each screen's bundle.

export const {
	act,
	call,
	direction,
	error_box,
	event_label,
	log_list_path,
	may,
	outcome_label,
	status_pill,
	STATUSES,
	title,
} = erp_connect.events;
