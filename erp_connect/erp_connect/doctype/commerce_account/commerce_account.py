from frappe.model.document import Document


class CommerceAccount(Document):
	pass
