// From the script of every page, document/events.js: there once, not again in each screen's bundle.

export const { call, error_box, event_label, log_list_path, may, status_pill, STATUSES } = erp_connect.events;
