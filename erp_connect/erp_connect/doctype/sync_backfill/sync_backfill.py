import json

import frappe
from frappe import _
from frappe.model.document import Document


class SyncBackfill(Document):
	def validate(self) -> None:
		try:
			filters = json.loads(self.filters_json or "[]")
		except ValueError as error:
			frappe.throw(_("The filters are not valid JSON: {0}").format(str(error)))
		if not isinstance(filters, list):
			frappe.throw(_('Write filters as a list, for example [["customer_group", "=", "Retail"]].'))
