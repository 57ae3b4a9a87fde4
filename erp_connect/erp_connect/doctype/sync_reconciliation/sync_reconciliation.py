from frappe.model.document import Document

from erp_connect.store import sync_difference


class SyncReconciliation(Document):
	def on_trash(self) -> None:
		sync_difference.remove_of([self.name])
