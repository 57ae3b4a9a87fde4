frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Events by Day"] = {
	method: "erp_connect.api.dashboard.events_by_day",
	filters: [
		{
			fieldname: "integration",
			label: __("Account"),
			fieldtype: "Link",
			options: "Integration Settings",
		},
	],
};
