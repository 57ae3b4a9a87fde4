from frappe.model.document import Document


class SyncDifference(Document):
	pass
