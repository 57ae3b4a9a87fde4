"""The end of an event that was sent in several requests: what is written back, and that all is delivered. And the link of
one whose record was there already.

Without a request, but for files that an answer says the address of. Both in one transaction, so that a worker that dies leaves neither or both.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.calls import file_downloads
from erp_connect.config.account import Account
from erp_connect.config.request_steps import ENDINGS
from erp_connect.core.delivery.states import DELIVERED, OUTGOING, QUEUED
from erp_connect.core.errors import ConnectError, capped
from erp_connect.jobs.steps import Steps
from erp_connect.outbound import linking, row_updates, settle
from erp_connect.outbound.request import CROSSED, Finish, Known, Verdict
from erp_connect.records import failures, write_back
from erp_connect.records.received_files import NONE, Downloads
from erp_connect.store import bindings, database, moves, sync_link, sync_log
from erp_connect.store.bindings import Binding

NOT_WRITTEN = "not_written_back"
TOLD = (
	"The other system has carried out everything, but its answer could not be written into the document: {0} Retry writes it"
	" again and sends nothing."
)


def asks(item: Finish) -> list[str]:
	"""The addresses of files that have to be fetched before an event can end."""
	if item.event.event in ENDINGS:
		return []
	try:
		return write_back.addresses(item.flow, item.said)
	except ConnectError:
		return []  # told when it is written


def finish_with_files(token: str, item: Finish, account: Account) -> Steps[None]:
	"""Fetch the files of a claimed event, and end it. What belongs to the account is asked with its proof, else nothing is
	shown of it. Commits."""
	files = yield from file_downloads.at(asks(item), account.name)
	finish(token, [item], account, files)


def finish(token: str, items: list[Finish], account: Account, files: Downloads = NONE) -> None:
	"""End claimed events as the session's user, each by itself. files: contents by their address. Commits each.

	One whose answer cannot be written here fails with the reason; what was answered stays in its row for a Retry.
	"""
	for item in items:
		try:
			_finish(token, item, files)
		except CROSSED:
			raise
		except Exception as error:
			if not database.is_alive():
				raise
			text = capped(frappe._(TOLD).format(failures.detail(error)))
			frappe.db.rollback()
			frappe.clear_messages()
			code = settle.NOT_FETCHED if getattr(error, "passing", False) else NOT_WRITTEN
			settle.verdicts(token, [Verdict(item.event, "Failed", code, text)], account)


def _finish(token: str, item: Finish, files: Downloads) -> None:
	if item.event.event not in ENDINGS:
		write_back.write(item.flow, item.subject, item.said, files)
	if item.link and item.state_hash:
		sync_link.touch([(item.link.name, item.flow.name, item.state_hash)])
	if not _is_settled(token, item.event, row_updates.unasked(item.event, DELIVERED, None) | {"steps": None}):
		frappe.db.rollback()  # the lease ran out: whoever has the event now ends it
		return
	frappe.clear_messages()
	frappe.db.commit()  # the document says what was answered, and the event that it is done


def link(token: str, items: list[Known], account: Account) -> None:
	"""Link documents with the records that were there already, so that their events go on with the next step. Commits each."""
	for item in items:
		binding = Binding(
			integration=account.name,
			remote_entity=item.flow.remote_entity,
			document_type=item.subject.doctype,
			document_name=item.subject.name,
			flow=item.flow.name,
			fingerprint=None,  # what the record holds is not known
			external_id=item.external_id,
		)
		if conflicts := bindings.bind([binding]):
			frappe.db.rollback()
			text = str(conflicts[0])
			settle.verdicts(token, [Verdict(item.event, "Failed", "link_conflict", text)], account)
		elif _is_settled(token, item.event, _linked(item)):
			linking.tell_those_that_wait([binding])
			frappe.db.commit()  # the link and how far the event has come become true together
		else:
			frappe.db.rollback()  # the lease ran out: whoever has the event now looks again


def _linked(item: Known) -> dict[str, Any]:
	update = row_updates.unasked(item.event, QUEUED, 0) | row_updates.reached(item.progress)
	return {**update, "external_id": item.external_id, "frozen": 0}


def _is_settled(token: str, event: Any, update: dict[str, Any]) -> bool:
	"""Settle an event that needs no request. False where another worker has it by now."""
	sync_log.hurry({event.order_key})
	return bool(moves.update_claimed(OUTGOING, token, [update]))
