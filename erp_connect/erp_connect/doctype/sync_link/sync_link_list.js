erp_connect.protect("Sync Link");

frappe.listview_settings["Sync Link"] = { hide_name_column: true };
