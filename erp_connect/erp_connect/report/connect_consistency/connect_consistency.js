// Filters of the report on consistency.

frappe.query_reports["Connect Consistency"] = {
	filters: [
		{
			fieldname: "integration",
			label: __("Account"),
			fieldtype: "Link",
			options: "Integration Settings",
		},
	],
};
