// The review desk: what is held for a person, in one place. Its script is loaded when it is opened.

frappe.pages["connect-review"].on_page_load = async (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Review Desk"), single_column: true });
	await erp_connect.load("comparison", "event_list", "review");
	wrapper.erp_connect_review = erp_connect.review_desk(page);
	wrapper.erp_connect_review.reload();
};

frappe.pages["connect-review"].on_page_show = (wrapper) => wrapper.erp_connect_review?.reload();
