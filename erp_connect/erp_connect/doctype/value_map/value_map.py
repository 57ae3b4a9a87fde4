import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.config import steering
from erp_connect.config.form_rules import refuse_rows_of_others


class ValueMap(Document):
	def validate(self) -> None:
		refuse_rows_of_others(self)
		steering.require_for_value_maps(self.name)
		seen = set()
		for row in self.entries:
			if row.erp_value in seen:
				frappe.throw(
					_("Row {0}: the ERPNext value {1} is there already. Remove one of the two rows.").format(
						row.idx, frappe.bold(frappe.utils.escape_html(row.erp_value))
					)
				)
			seen.add(row.erp_value)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		steering.require_for_value_maps(old, new)

	def on_trash(self) -> None:
		steering.require_for_value_maps(self.name)
