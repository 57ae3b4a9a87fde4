from frappe.model.document import Document


class FieldMappingRow(Document):
	pass
