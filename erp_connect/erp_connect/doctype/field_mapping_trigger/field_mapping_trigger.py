from frappe.model.document import Document


class FieldMappingTrigger(Document):
	pass
