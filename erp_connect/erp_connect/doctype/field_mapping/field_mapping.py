import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.capture import subscriptions
from erp_connect.config import expression_warnings, flow_check, flow_warnings, linked_before, steering
from erp_connect.config.form_rules import keep_read_only, refuse_rows_of_others
from erp_connect.config.request_rules import OPERATION_OF_EVENT
from erp_connect.operate import onboarding
from erp_connect.pull import asked, schedule
from erp_connect.store import leftovers, loads, reconciliations, renames, samples, setup_merges, sync_cursor


class FieldMapping(Document):
	def before_validate(self) -> None:
		keep_read_only(self, moving=("former_names",))

	def validate(self) -> None:
		refuse_rows_of_others(self)
		self.validate_rights()
		self.set_operations()
		if problems := flow_check.problems(self):
			frappe.throw("<br>".join(problems), title=_("Flow cannot be saved"))
		expression_warnings.show(self, flow_warnings.warnings(self))

	def validate_rights(self) -> None:
		"""Who writes a flow decides what its account reads and writes as its user: before and after this change."""
		before = self.get_doc_before_save()
		steering.require(self.integration, before.integration if before else None)

	def set_operations(self) -> None:
		for row in self.requests:
			row.operation = row.operation or OPERATION_OF_EVENT[frappe.scrub(row.event)]

	def on_update(self) -> None:
		subscriptions.rebuild()
		schedule.arrange(self.name, self.get_doc_before_save())
		asked.tell_of_flow(self, self.get_doc_before_save())
		linked_before.warn(self, self.get_doc_before_save())
		onboarding.tick()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		steering.require(*(_account_of(name) for name in ((old, new) if merge else (old,))))
		if merge:
			setup_merges.before_flow_merge(old, new)

	def on_trash(self) -> None:
		steering.require(self.integration)
		sync_cursor.remove(self.name)
		loads.remove(self.name)
		samples.remove(self.name)
		reconciliations.remove(self.name)
		leftovers.cancel_of_flow(self.name)

	def after_delete(self) -> None:
		subscriptions.rebuild()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		renames.after_flow_rename(old, new)
		subscriptions.rebuild()


def _account_of(flow: str) -> str | None:
	return frappe.db.get_value("Field Mapping", flow, "integration")
