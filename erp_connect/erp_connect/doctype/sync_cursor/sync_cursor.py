from frappe.model.document import Document


class SyncCursor(Document):
	pass
