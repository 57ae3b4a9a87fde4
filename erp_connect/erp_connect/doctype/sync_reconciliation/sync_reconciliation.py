from frappe.model.document import Document


class SyncReconciliation(Document):
	pass
