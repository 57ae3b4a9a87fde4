from frappe.model.document import Document


class FieldMappingParameter(Document):
	pass
