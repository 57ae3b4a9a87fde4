from frappe.model.document import Document


class IntegrationParameter(Document):
	pass
