// Filters of the report on traffic.

frappe.query_reports["Connect Traffic"] = {
	filters: [
		{
			fieldname: "integration",
			label: __("Account"),
			fieldtype: "Link",
			options: "Integration Settings",
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -6),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],
};
