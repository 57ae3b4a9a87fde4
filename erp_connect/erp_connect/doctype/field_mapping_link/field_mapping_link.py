from frappe.model.document import Document


class FieldMappingLink(Document):
	pass
