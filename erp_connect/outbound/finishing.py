"""The end of an event that was sent in several requests: what is written back, and that all is delivered.

Without a request. Both in one transaction, so that a worker that dies leaves neither or both.
"""

from __future__ import annotations

import frappe

from erp_connect.config.account import Account
from erp_connect.config.request_steps import ENDINGS
from erp_connect.core.errors import capped
from erp_connect.outbound import settle
from erp_connect.outbound.request import CROSSED, Finish, Verdict
from erp_connect.records import failures, write_back
from erp_connect.store import database, sync_link

NOT_WRITTEN = "not_written_back"
TOLD = (
	"The other system has carried out everything, but its answer could not be written into the document: {0} Retry writes it"
	" again and sends nothing."
)


def finish(token: str, items: list[Finish], account: Account) -> None:
	"""End claimed events as the session's user, each by itself. Commits each.

	One whose answer cannot be written here fails with the reason; what was answered stays in its row for a Retry.
	"""
	for item in items:
		try:
			_finish(token, item)
		except CROSSED:
			raise
		except Exception as error:
			if not database.is_alive():
				raise
			text = capped(frappe._(TOLD).format(failures.detail(error)))
			frappe.db.rollback()
			frappe.clear_messages()
			settle.verdicts(token, [Verdict(item.event, "Failed", NOT_WRITTEN, text)], account)


def _finish(token: str, item: Finish) -> None:
	if item.event.event not in ENDINGS:
		write_back.write(item.flow, item.subject, item.said)
	if item.link and item.state_hash:
		sync_link.touch([(item.link.name, item.flow.name, item.state_hash)])
	if not settle.finished(token, item.event):
		frappe.db.rollback()  # the lease ran out: whoever has the event now ends it
		return
	frappe.clear_messages()
	frappe.db.commit()  # the document says what was answered, and the event that it is done
