"""The job that tells people of what is wrong with an account, by the ways that they chose."""

from __future__ import annotations

import json

import frappe
from frappe import _

from erp_connect.calls.connection import open_client
from erp_connect.calls.notices import tell_in_desk, tell_managers
from erp_connect.config import secrets
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.jobs.scheduler_watch import scheduler
from erp_connect.jobs.session import session
from erp_connect.jobs.wakeup import ALERTS
from erp_connect.messages import translate
from erp_connect.operate.alerts import sender, stopped, wording
from erp_connect.operate.alerts.kinds import TOLD_AT_ONCE
from erp_connect.operate.alerts.wording import Notice
from erp_connect.records import plain_words
from erp_connect.store import alerts as store
from erp_connect.store import locks
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest

DOCTYPE = "Alert Receiver"
EMAIL = "E-mail"
DEADLINE_SECONDS = 15


class NotTold(ConnectError):
	"""A receiver could not be reached."""

	default_code = "not_told"


def run(account: str) -> None:
	"""Job: tell what is to be told of an account, or of the site where it is empty. Told again rather than not at all where the job dies."""
	ALERTS.started(account)
	with session(), locks.one_at_a_time(f"alerts of {account}", seconds=5):
		if rows := store.to_tell(account):
			_tell(account, rows)
			store.told(rows)
			frappe.db.commit()  # notifications, mails and the note that they were made belong together


def send_test(receiver: str) -> str:
	"""Send a test to a receiver. Returns what was done; raises `ConnectError` where it cannot be."""
	doc = frappe.get_doc(DOCTYPE, receiver)
	return send(doc, wording.test_notice(doc.integration or ""))


def send(receiver, told: Notice) -> str:
	"""Send a notice to a receiver. Returns what was done; raises `ConnectError` where it cannot be."""
	_send(receiver, told)
	if receiver.channel == EMAIL:
		return _("It is in the Email Queue, to {0}.").format(receiver.email)
	return _("The address took it.")


def receivers_of(account: str) -> list:
	"""Who is told of an account, or of the site where it is empty, besides the managers in Desk."""
	wanted = [["integration", "is", "not set"]]
	if account:
		wanted.append(["integration", "=", account])
	names = frappe.get_all(
		DOCTYPE,
		filters={"enabled": 1},
		or_filters=wanted,
		pluck="name",
		order_by="creation",
	)
	return [frappe.get_doc(DOCTYPE, name) for name in names]


def _tell(account: str, rows: list) -> None:
	# Who adds a receiver has every right of the account's user; Desk also tells managers who have fewer.
	quoting = wording.notice(account, stopped.quoting(account, rows))
	for receiver in receivers_of(account):
		try:
			_send(receiver, quoting)
		except ConnectError as error:
			subject = _("{0}: an alert did not reach its receiver").format(account or wording.site_name())
			in_desk(account, subject, f"{translate(error)}\n{wording.notice(account, rows).text}")
	# The engine has told these in Desk the moment they began.
	news = [row for row in rows if row.to_tell != store.BEGUN or row.kind not in TOLD_AT_ONCE]
	if news:
		notice = wording.notice(account, news)
		in_desk(account, notice.subject, notice.text)


def in_desk(account: str, subject: str, text: str) -> None:
	"""Tell the managers of an account, or of the site where it is empty."""
	if account:
		tell_in_desk(account, subject, text)
	else:
		tell_managers(subject, text)


def _send(receiver, told: Notice) -> None:
	if receiver.channel == EMAIL:
		_mail(receiver, told)
	else:
		_post(secrets.stored(receiver, "address"), told)


def _mail(receiver, told: Notice) -> None:
	try:
		frappe.sendmail(
			recipients=[receiver.email],
			sender=sender.address_of(receiver.sender) if receiver.sender else None,
			subject=told.subject,
			message=wording.as_html(told),
			delayed=True,
			# Without the scheduler nobody would work off the queue.
			now=not told.account and scheduler().stopped,
		)
	except (frappe.OutgoingEmailError, frappe.ValidationError, OSError) as error:
		raise NotTold(
			"No e-mail can be sent to {email}: {reason} Set up an outgoing Email Account.",
			email=receiver.email,
			reason=Whole(plain_words.said(error)),
		) from error


def _post(url: str, told: Notice) -> None:
	request = HttpRequest(
		"POST", url, {"Content-Type": "application/json"}, json.dumps(wording.as_json(told)).encode()
	)
	try:
		with open_client(deadline=DEADLINE_SECONDS) as client:
			status = client.send(request).status
	except TransportError as error:
		raise NotTold(
			"The web address for alerts cannot be reached: {reason}", reason=Whole(translate(error))
		) from error
	if not 200 <= status < 300:
		raise NotTold("The web address for alerts answered with status {status}.", status=status)
