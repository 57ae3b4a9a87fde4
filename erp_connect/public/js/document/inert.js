// Makes Frappe's own lists and reports show values from outside as text.
//
// Frappe puts the values of Data fields into lists and reports as they are stored, since documents are
// cleaned when a person saves them. Ids and addresses that an outside system answered are stored by the
// engine as they came, so they are escaped here, where they are shown.

const FIELDS = {
	"Sync Cursor": ["since", "high"],
	"Sync Difference": ["external_id", "link"],
	"Sync Exemption": ["document_name", "reason"],
	"Sync Log": ["external_id", "outcome", "idempotency_key", "trace_id", "topic", "content_type"],
	"Sync Link": ["external_id", "external_url", "remote_entity", "remote_version"],
};

const REPLACEMENTS = { "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#x60;" };

/** Escaping that may be repeated without harm, as forms escape Data fields before they format them. */
export function inert(value) {
	return typeof value === "string" ? value.replace(/[<>"'`]/g, (sign) => REPLACEMENTS[sign]) : value;
}

/**
 * Called when the list script of a DocType is loaded, at which time its fields are known.
 * `labels`: functions that make a value readable, by fieldname.
 */
export function protect(doctype, labels = {}) {
	for (const fieldname of [...(FIELDS[doctype] || []), ...Object.keys(labels)]) {
		const field = frappe.meta.docfield_map[doctype]?.[fieldname];
		if (!field) continue;
		const label = labels[fieldname];
		field.formatter = label ? (value) => inert(label(value)) : inert;
		// An address from outside becomes a link only where its scheme has been looked at.
		if (field.options === "URL") field.options = null;
	}
}
