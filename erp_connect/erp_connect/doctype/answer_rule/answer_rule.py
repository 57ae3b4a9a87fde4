from frappe.model.document import Document


class AnswerRule(Document):
	pass
