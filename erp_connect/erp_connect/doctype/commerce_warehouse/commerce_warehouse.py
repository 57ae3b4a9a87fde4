from frappe.model.document import Document


class CommerceWarehouse(Document):
	pass
