// The onboarding of Frappe stands above the overview in 15, and in the corner of the page in 16.

/** Whether it says on the page how to begin: its first step is neither done nor skipped. */
export function onboarding_begins() {
	return $(".onboarding-widget-box:visible .onboarding-step").first().is(".pending");
}

/** Its step "Connect a system" makes a new account. That begins with choosing the system, not with an empty form. */
export function begin_with_the_system() {
	frappe.ui.form.IntegrationSettingsQuickEntryForm = class extends frappe.ui.form.QuickEntryForm {
		setup() {
			// From 15 it is forced; 16 has said what is to happen after the form is saved.
			if (!this.force && !frappe.route_hooks?.after_save) return super.setup();
			frappe.route_hooks = {};
			return erp_connect.load("connect").then(() => erp_connect.connect_system());
		}
	};
}
