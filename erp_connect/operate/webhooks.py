"""Webhooks of an account, registered at the other side by its API: made, looked after, removed.

What the preset of the account says is asked of the other side; what it answered is kept in Webhook Subscription, each
by itself as soon as it is known, so that whatever breaks off leaves nothing outside that is not known here. What was
made and not written down is found again by its address, which only this account has.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe.utils import add_to_date, now_datetime

from erp_connect.calls import switch
from erp_connect.config import preset_files
from erp_connect.config.account import ENDPOINT, base_url
from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.presets.webhooks import Webhooks
from erp_connect.jobs.session import session
from erp_connect.jobs.wakeup import WEBHOOKS
from erp_connect.messages import translate
from erp_connect.operate.subscriber import Report, Subscriber, as_told
from erp_connect.store import installation, locks
from erp_connect.store import webhook_subscriptions as store
from erp_connect.store.webhook_subscriptions import Subscription

ENTERED = "entered"
# How often what is registered is compared with what the other side has: it may have switched one off.
LOOKED_AFTER_HOURS = 24


def of_preset(doc) -> Webhooks | None:
	"""How webhooks of an account's system are registered; None where its preset does not say."""
	preset = preset_files.of_account(doc)
	return preset.webhooks if preset and preset.webhooks and preset.webhooks.registration else None


def address_of(doc) -> str:
	"""The address that the other side calls, as this request came here, or as `host_name` of the site says."""
	return frappe.utils.get_url(ENDPOINT + (doc.endpoint_key or ""))


def register(account: str, *, anew: bool = False, address: str = "") -> Report:
	"""Register what the flows of an account need and is not registered, and end what they do not need any more.

	anew: also what is registered, with a new secret where this app makes it. address: that is called; this site's if
	left out. Raises ConfigurationError where nothing can be registered for the account, and `Busy`. Commits.
	"""
	with locks.one_at_a_time(f"webhooks of {account}", seconds=5):
		doc = frappe.get_doc("Integration Settings", account)
		work = Subscriber(doc, _required(doc), address or address_of(doc))
		try:
			return work.register(anew=anew)
		finally:
			work.close()


def remove(account: str) -> Report:
	"""End all subscriptions of an account. What cannot be ended stays written down, with the reason. Commits."""
	with locks.one_at_a_time(f"webhooks of {account}", seconds=5):
		doc = frappe.get_doc("Integration Settings", account)
		work = Subscriber(doc, _required(doc, to_register=False), "")
		try:
			return work.remove(store.of_account(account))
		finally:
			work.close()


def forget(account: str) -> list[str]:
	"""Strike the subscriptions of an account without asking the other side. Returns what stays there. Does not commit."""
	rows = store.of_account(account)
	for row in rows:
		store.forget(row.name)
	return [as_told(row) for row in rows if row.remote_id]


def look_after_all() -> None:
	"""Each hour: have the accounts looked after whose subscriptions were not for a day, or failed."""
	if installation.is_held():
		return
	for account in store.to_look_after(add_to_date(now_datetime(), hours=-LOOKED_AFTER_HOURS)):
		WEBHOOKS.wake(account)


def look_after(account: str) -> None:
	"""Job: make again what is gone, switched off or about to expire. What fails is told where the account tells how it
	is doing."""
	WEBHOOKS.started(account)
	if not switch.may_send(account):
		return  # nothing is asked outside until it is on again
	with session():
		rows = store.of_account(account)
		try:
			_require_same_place(account, rows)
			# Called by the address that was registered: a job does not know how people reach this site.
			register(account, address=next((row.address for row in rows if row.address), ""))
		except ConnectError as error:
			for row in rows:
				# Nothing is known to be gone, so it counts as registered, and is looked at again within the hour.
				store.keep(account, row.topic, message=translate(error))
			frappe.db.commit()  # what is seen in its form, whatever becomes of the job


def _require_same_place(account: str, rows: Sequence[Subscription]) -> None:
	"""Raise ConfigurationError where an account leads elsewhere than when its webhooks were registered.

	A person says whether they are wanted there.
	"""
	doc = frappe.get_doc("Integration Settings", account)
	# What a token's answer says of the address is known when it is asked.
	if rows and not doc.base_url_expression and base_url(doc) not in [row.made_at for row in rows]:
		raise ConfigurationError(
			"The account leads elsewhere than when its webhooks were registered. Press Webhooks → Register.",
			code="moved",
		)


def _required(doc, *, to_register: bool = True) -> Webhooks:
	webhooks = of_preset(doc)
	if webhooks is None:
		raise ConfigurationError(
			"Webhooks of {system} are not registered from here. Enter the webhook address, on the tab Inbound, in the "
			"other system.",
			code="no_registration",
			system=doc.system or "-",
		)
	if to_register and not (doc.enabled and doc.inbound_enabled and doc.verification):
		raise ConfigurationError(
			"Enable the account, and on its tab Inbound tick Accept from outside and say how webhooks are verified. Then "
			"register them.",
			code="not_accepting",
		)
	if to_register and webhooks.secret == ENTERED and not doc.verification_secret:
		raise ConfigurationError(
			"Enter the webhook secret on the tab Inbound first: without it no webhook would be believed.",
			code="missing_secret",
		)
	return webhooks
