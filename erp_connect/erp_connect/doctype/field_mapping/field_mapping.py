import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.capture import subscriptions
from erp_connect.config import flow_check
from erp_connect.config.flow import OPERATION_OF_EVENT
from erp_connect.pull import schedule
from erp_connect.store import reconciliations, sync_cursor


class FieldMapping(Document):
	def validate(self) -> None:
		self.set_operations()
		if problems := flow_check.problems(self):
			frappe.throw("<br>".join(problems), title=_("Flow cannot be saved"))

	def set_operations(self) -> None:
		for row in self.requests:
			row.operation = row.operation or OPERATION_OF_EVENT[frappe.scrub(row.event)]

	def on_update(self) -> None:
		subscriptions.rebuild()
		schedule.arrange(self.name, self.get_doc_before_save())

	def on_trash(self) -> None:
		sync_cursor.remove(self.name)
		reconciliations.remove(self.name)

	def after_delete(self) -> None:
		subscriptions.rebuild()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		subscriptions.rebuild()
