app_name = "erp_connect"
app_title = "ERP Connect"
app_publisher = "erp_connect contributors"
app_description = "The integration hub inside ERPNext"
app_email = "maintainers@erp-connect.example"
app_license = "MIT"

# With the organisation, as install-app would ask the code host for it otherwise.
required_apps = ["frappe/erpnext"]

add_to_apps_screen = [
	{
		"name": "erp_connect",
		"logo": "/assets/erp_connect/images/erp-connect.svg",
		"title": "ERP Connect",
		"route": "/app/erp-connect",
		"has_permission": "erp_connect.api.permissions.has_app_permission",
	}
]

app_include_js = "erp_connect.bundle.js"
# Lists of what is over before its events are done.
doctype_list_js = {
	"Sync Backfill": "public/js/pulls/left_list.js",
	"Sync Cursor": "public/js/pulls/left_list.js",
	"Sync Load": "public/js/pulls/left_list.js",
}

# Words that they translate already are theirs: another translation would hold in all of Desk.
ignore_translatable_strings_from = ["frappe", "erpnext"]

extend_bootinfo = "erp_connect.boot.extend"

after_install = "erp_connect.install.after_install"
before_uninstall = "erp_connect.uninstall.before_uninstall"
after_migrate = "erp_connect.install.after_migrate"

# Who deletes a company's transactions, to begin with empty books, keeps his connections and what is known of them.
company_data_to_be_ignored = ["Integration Settings", "Sync Log"]

# One handler answers every DocType: it costs one attribute read where no flow is set up
# (measured by `make bench`), and a flow can be added without a restart.
doc_events = {
	"*": {
		"after_insert": "erp_connect.capture.events.after_insert",
		"on_submit": "erp_connect.capture.events.on_submit",
		"on_change": "erp_connect.capture.events.on_change",
		"on_trash": "erp_connect.capture.events.on_trash",
		"after_delete": "erp_connect.capture.events.after_delete",
		"before_rename": "erp_connect.capture.events.before_rename",
		"after_rename": "erp_connect.capture.events.after_rename",
		"before_print": "erp_connect.operate.outside_text.before_print",
	},
	# Its secret goes to its token address, and its tokens go out by our accounts.
	"Connected App": {"validate": "erp_connect.config.connected_apps.validate"},
	# It deletes by plain SQL, and sets the numbers back.
	"Transaction Deletion Record": {"on_submit": "erp_connect.capture.numbers.mark_all"},
	# Frappe HR cancels its days by plain SQL.
	"Leave Application": {"on_cancel": "erp_connect.capture.leave_days.on_cancel"},
}

# What outside systems answered is text in lists, reports and files, whatever columns somebody chooses.
override_whitelisted_methods = {
	"frappe.client.get_count": "erp_connect.api.listing.get_count",
	"frappe.desk.reportview.get": "erp_connect.api.listing.get",
	"frappe.desk.reportview.export_query": "erp_connect.api.listing.export_query",
	"frappe.desk.listview.get_group_by_count": "erp_connect.api.listing.get_group_by_count",
}

# Callers of the API may show an account's own key headers instead of a Frappe token.
auth_hooks = ["erp_connect.served.key_headers.authenticate"]
before_request = [
	"erp_connect.served.framework_errors.forget_arguments",
	"erp_connect.served.own_proof.keep_from_frappe",
]
after_request = ["erp_connect.served.framework_errors.shape"]

# ERPNext gives these entries other names each hour, by plain SQL.
on_sle_rename = "erp_connect.capture.events.renamed_by_erpnext"

scheduler_events = {
	"cron": {
		"* * * * *": ["erp_connect.operate.sweep.sweep"],
	},
	"hourly": ["erp_connect.operate.webhooks.look_after_all", "erp_connect.served.export_place.tidy"],
	"daily": ["erp_connect.operate.sunsets.remember", "erp_connect.operate.alerts.digests.send_due"],
}

permission_query_conditions = {
	"Sync Log": "erp_connect.api.permissions.sync_log_conditions",
	"Sync Attempt": "erp_connect.api.permissions.sync_attempt_conditions",
	"Sync Link": "erp_connect.api.permissions.sync_link_conditions",
	"Sync Exemption": "erp_connect.api.permissions.sync_exemption_conditions",
	"Sync Difference": "erp_connect.api.permissions.sync_difference_conditions",
	"Field Mapping": "erp_connect.api.permissions.account_record_conditions",
	"Integration State": "erp_connect.api.permissions.account_record_conditions",
	"Sync Backfill": "erp_connect.api.permissions.account_record_conditions",
	"Sync Cursor": "erp_connect.api.permissions.account_record_conditions",
	"Sync Load": "erp_connect.api.permissions.account_record_conditions",
	"Sync Sample": "erp_connect.api.permissions.sync_sample_conditions",
	"Sync Reconciliation": "erp_connect.api.permissions.account_record_conditions",
	"Webhook Subscription": "erp_connect.api.permissions.account_record_conditions",
	"Sync Alert": "erp_connect.api.permissions.account_record_conditions",
	"Alert Receiver": "erp_connect.api.permissions.account_record_conditions",
}

has_permission = {
	"Sync Log": "erp_connect.api.permissions.has_sync_log_permission",
	"Sync Attempt": "erp_connect.api.permissions.has_sync_attempt_permission",
	"Sync Link": "erp_connect.api.permissions.has_sync_link_permission",
	"Sync Exemption": "erp_connect.api.permissions.has_sync_link_permission",
	"Sync Difference": "erp_connect.api.permissions.has_sync_difference_permission",
	"Field Mapping": "erp_connect.api.permissions.has_account_record_permission",
	"Integration State": "erp_connect.api.permissions.has_account_record_permission",
	"Sync Backfill": "erp_connect.api.permissions.has_account_record_permission",
	"Sync Cursor": "erp_connect.api.permissions.has_account_record_permission",
	"Sync Load": "erp_connect.api.permissions.has_account_record_permission",
	"Sync Sample": "erp_connect.api.permissions.has_sync_sample_permission",
	"Sync Reconciliation": "erp_connect.api.permissions.has_account_record_permission",
	"Webhook Subscription": "erp_connect.api.permissions.has_account_record_permission",
	"Sync Alert": "erp_connect.api.permissions.has_account_record_permission",
	"Alert Receiver": "erp_connect.api.permissions.has_account_record_permission",
}

# Records of exchanges never stand in the way of deleting the document they speak of.
ignore_links_on_delete = [
	"Sync Log", "Sync Attempt", "Sync Link", "Sync Cursor", "Sync Load", "Sync Reconciliation", "Sync Difference",
	"Sync Alert", "Sync Sample", "Sync Exemption",
]  # fmt: skip

default_log_clearing_doctypes = {"Sync Log": 30, "Sync Sample": 90}

export_python_type_annotations = True
require_type_annotated_api_methods = True
