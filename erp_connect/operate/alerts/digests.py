"""Each morning: the digests that are due go to their receivers, by the ways of their alerts."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import getdate

from erp_connect.core.errors import ConnectError
from erp_connect.messages import translate
from erp_connect.operate.alerts import digest, notify, wording
from erp_connect.store import alerts as store
from erp_connect.store import installation


def send_due() -> None:
	"""Scheduled each day. One that cannot be sent is told of in Desk, and sent with the next one's days."""
	if installation.is_held():
		return
	for name in frappe.get_all(notify.DOCTYPE, {"enabled": 1, "digest": ("is", "set")}, pluck="name"):
		receiver = frappe.get_doc(notify.DOCTYPE, name)
		if digest.is_due(receiver.digest, receiver.digest_made_on, getdate()):
			_send_due(receiver)


def send_now(receiver: str) -> str:
	"""Send a receiver its digest now, whenever it is due. Returns what was done; raises `ConnectError` where it cannot be."""
	doc = frappe.get_doc(notify.DOCTYPE, receiver)
	return notify.send(doc, _notice(doc, doc.digest or digest.DAILY))


def _send_due(receiver) -> None:
	try:
		notify.send(receiver, _notice(receiver, receiver.digest))
	except ConnectError as error:
		subject = _("{0}: a digest did not reach its receiver").format(
			receiver.integration or wording.site_name()
		)
		notify.in_desk(receiver.integration or "", subject, translate(error))
	store.digest_made(receiver.name, getdate())
	frappe.db.commit()  # each by itself: what went to one is not sent again because of another


def _notice(receiver, period: str) -> wording.Notice:
	accounts = (
		[receiver.integration] if receiver.integration else frappe.get_all(wording.DOCTYPE, pluck="name")
	)
	return wording.digest_notice(receiver.integration or "", digest.of_accounts(accounts, period))
