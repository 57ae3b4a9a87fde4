// The health of the site and of its accounts, at a glance. Its script is loaded when it is opened.

frappe.pages["connect-health"].on_page_load = async (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Health"), single_column: true });
	await erp_connect.load("health");
	wrapper.erp_connect_health = erp_connect.health_page(page);
	wrapper.erp_connect_health.reload();
};

frappe.pages["connect-health"].on_page_show = (wrapper) => wrapper.erp_connect_health?.reload();
