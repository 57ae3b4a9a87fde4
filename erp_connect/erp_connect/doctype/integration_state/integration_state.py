from frappe.model.document import Document


class IntegrationState(Document):
	pass
