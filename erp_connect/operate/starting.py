"""Switching on the flows of an account that was just connected, each by itself."""

from __future__ import annotations

import frappe

from erp_connect.core.errors import ConnectError
from erp_connect.messages import translate

SAVEPOINT = "erp_connect_start"


def switch_on(account: str) -> tuple[list[str], dict[str, str]]:
	"""Enable the flows of an account that are not, as the session's user.

	Returns the names of those that are on now, and of those that cannot be, with the reason of each. Does not commit.
	"""
	on, refused = [], {}
	for name in frappe.get_all(
		"Field Mapping", filters={"integration": account, "enabled": 0}, pluck="name", order_by="creation"
	):
		frappe.db.savepoint(SAVEPOINT)
		flow = frappe.get_doc("Field Mapping", name)
		flow.enabled = 1
		try:
			flow.save()
		except ConnectError as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			refused[name] = translate(error)
		except frappe.ValidationError as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			frappe.clear_last_message()  # told in the answer, with its flow
			refused[name] = frappe.utils.strip_html(str(error))
		else:
			on.append(name)
	return on, refused
