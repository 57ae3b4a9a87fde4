from frappe.model.document import Document


class FieldMappingRequest(Document):
	pass
