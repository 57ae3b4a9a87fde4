from frappe.model.document import Document


class SyncAttempt(Document):
	pass
