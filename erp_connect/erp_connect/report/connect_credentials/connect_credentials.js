// Filters of the report on credentials.

frappe.query_reports["Connect Credentials"] = {
	filters: [
		{
			fieldname: "integration",
			label: __("Account"),
			fieldtype: "Link",
			options: "Integration Settings",
		},
	],
};
