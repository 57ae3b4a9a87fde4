import frappe
from frappe import _
from frappe.model.document import Document


class ValueMap(Document):
	def validate(self) -> None:
		seen = set()
		for row in self.entries:
			if row.erp_value in seen:
				frappe.throw(
					_("Row {0}: the ERPNext value {1} is there already. Remove one of the two rows.").format(
						row.idx, frappe.bold(frappe.utils.escape_html(row.erp_value))
					)
				)
			seen.add(row.erp_value)
