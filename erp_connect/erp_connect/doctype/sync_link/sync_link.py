from frappe.model.document import Document


class SyncLink(Document):
	def before_save(self) -> None:
		# The unique index counts an empty text as an id, NULL as none.
		self.external_id = (self.external_id or "").strip() or None
