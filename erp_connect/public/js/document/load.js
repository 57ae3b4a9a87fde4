// The scripts of screens, each loaded when its screen is opened first.

const loading = {};

/** Loads bundles of this app by what stands in their names after erp_connect_; each once. */
export function load(...screens) {
	return Promise.all(
		screens.map((screen) => (loading[screen] ??= frappe.require(`erp_connect_${screen}.bundle.js`)))
	);
}
