from frappe.model.document import Document


class ValueMapEntry(Document):
	pass
