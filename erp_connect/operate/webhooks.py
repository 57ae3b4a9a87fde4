"""Webhooks of an account, registered at the other side by its API: made, looked after, removed.

What the preset of the account says is asked of the other side; what it answered is kept in Webhook Subscription, each
by itself as soon as it is known, so that whatever breaks off leaves nothing outside that is not known here. What was
made and not written down is found again by its address, which only this account has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone

import frappe
from frappe import _
from frappe.utils import add_to_date, convert_utc_to_system_timezone, now_datetime

from erp_connect.calls.webhook_registration import NotRegistered, Registrar, values_of
from erp_connect.config import inflow, preset_files, secrets
from erp_connect.config.presets import MADE_HERE
from erp_connect.core.errors import ConfigurationError, ConnectError
from erp_connect.core.presets import subscriptions
from erp_connect.core.presets.subscriptions import Listed, Wanted
from erp_connect.core.presets.webhooks import Webhooks
from erp_connect.core.values.durations import parse_duration
from erp_connect.jobs.session import session
from erp_connect.jobs.wakeup import WEBHOOKS
from erp_connect.messages import translate
from erp_connect.store import installation, locks
from erp_connect.store import webhook_subscriptions as store
from erp_connect.store.webhook_subscriptions import FAILED, REGISTERED, Subscription

ENDPOINT = "/api/method/erp_connect.api.webhook.receive/"
ANSWERED = "answered"
# How often what is registered is compared with what the other side has: it may have switched one off.
LOOKED_AFTER_HOURS = 24
GRACE_HOURS = 24


@dataclass
class Report:
	"""Topics by what became of them. failed: with the reason. left: subscriptions that stay outside, as people know them."""

	made: list[str] = field(default_factory=list)
	kept: list[str] = field(default_factory=list)
	removed: list[str] = field(default_factory=list)
	failed: dict[str, str] = field(default_factory=dict)
	left: list[str] = field(default_factory=list)


def of_preset(doc) -> Webhooks | None:
	"""How webhooks of an account's system are registered; None where its preset does not say."""
	preset = preset_files.of_account(doc)
	return preset.webhooks if preset and preset.webhooks and preset.webhooks.registration else None


def address_of(doc) -> str:
	"""The address that the other side calls, as this request came here, or as `host_name` of the site says."""
	return frappe.utils.get_url(ENDPOINT + (doc.endpoint_key or ""))


def wanted_by(doc, webhooks: Webhooks) -> tuple[Wanted, ...]:
	"""The subscriptions that the flows of an account need."""
	return subscriptions.wanted(webhooks, inflow.topics_of(doc.name))


def register(account: str, *, anew: bool = False, address: str = "") -> Report:
	"""Register what the flows of an account need and is not registered, and end what they do not need any more.

	anew: also what is registered, as after a change of the secret. address: that is called; this site's if left out.
	Raises ConfigurationError where nothing can be registered for the account, and `Busy`. Commits.
	"""
	with locks.one_at_a_time(f"webhooks of {account}", seconds=5):
		doc = frappe.get_doc("Integration Settings", account)
		webhooks = _required(doc)
		_see_to_secret(doc, webhooks)
		work = _Work(doc, webhooks, address or address_of(doc))
		try:
			return work.register(anew=anew)
		finally:
			work.close()


def remove(account: str) -> Report:
	"""End all subscriptions of an account. What cannot be ended stays written down, with the reason. Commits."""
	with locks.one_at_a_time(f"webhooks of {account}", seconds=5):
		doc = frappe.get_doc("Integration Settings", account)
		work = _Work(doc, _required(doc, to_register=False), "")
		try:
			return work.remove(store.of_account(account))
		finally:
			work.close()


def forget(account: str) -> list[str]:
	"""Strike the subscriptions of an account without asking the other side. Returns what stays there. Does not commit."""
	rows = store.of_account(account)
	for row in rows:
		store.forget(row.name)
	return [_as_told(row) for row in rows if row.remote_id]


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
	with session():
		rows = store.of_account(account)
		try:
			# Called by the address that was registered: a job does not know how people reach this site.
			register(account, address=next((row.address for row in rows if row.address), ""))
		except ConnectError as error:
			for row in rows:
				# Nothing is known to be gone, so it counts as registered, and is looked at again within the hour.
				store.keep(account, row.topic, message=translate(error))
			frappe.db.commit()  # what is seen in its form, whatever becomes of the job


class _Work:
	"""Subscriptions of one account, put right. Each is written down and committed when its answer is there."""

	def __init__(self, doc, webhooks: Webhooks, address: str) -> None:
		self.doc, self.webhooks, self.address = doc, webhooks, address
		secret = secrets.read(doc, "verification_secret")
		values = values_of(doc, address, secret.reveal() if secret else "")
		self.registrar = Registrar(doc, webhooks.registration, values)
		self.report = Report()
		self.given_up = ""

	def close(self) -> None:
		self.registrar.close()

	def register(self, *, anew: bool) -> Report:
		rows = {row.topic: row for row in store.of_account(self.doc.name)}
		wanted = wanted_by(self.doc, self.webhooks)
		listed = self.registrar.listed()
		self.remove([row for topic, row in rows.items() if topic not in {one.topic for one in wanted}])
		for one in wanted:
			row = rows.get(one.topic)
			if row and not anew and self._stands(row, one, listed):
				self._keep(one, remote_id=row.remote_id, status=REGISTERED, message="")
				self.report.kept.append(one.topic)
			else:
				self._make(one, row, listed or ())
		return self.report

	def remove(self, rows: Sequence[Subscription]) -> Report:
		for row in rows:
			try:
				self._end(row)
			except ConnectError as error:
				self._failed(row.topic, error)
			else:
				store.forget(row.name)
				self.report.removed.append(row.topic)
			frappe.db.commit()  # what was ended outside is ended, whatever becomes of the others
		return self.report

	def _stands(self, row: Subscription, wanted: Wanted, listed: Sequence[Listed] | None) -> bool:
		same = (row.address, row.made_at, row.names) == (
			self.address,
			self.registrar.base_url,
			_names(wanted),
		)
		if not same or not row.remote_id or self._expires_soon(row):
			return False
		return listed is None or any(one.id == row.remote_id and one.active for one in listed)

	def _expires_soon(self, row: Subscription) -> bool:
		renew = self.webhooks.registration.renew
		ahead = timedelta(seconds=parse_duration(renew)) if renew else timedelta(hours=1)
		return row.expires_on is not None and row.expires_on - ahead <= now_datetime()

	def _make(self, wanted: Wanted, row: Subscription | None, listed: Sequence[Listed]) -> None:
		if self.given_up:
			self.report.failed[wanted.topic] = self.given_up
			return
		try:
			if row:
				self._end(row)
			self._end_strays(wanted, row, listed)
			made = self.registrar.subscribe(wanted)
		except ConnectError as error:
			self._failed(wanted.topic, error)
		else:
			expires = made.expires and convert_utc_to_system_timezone(
				made.expires.astimezone(timezone.utc).replace(tzinfo=None)
			).replace(tzinfo=None)
			self._keep(wanted, remote_id=made.id, status=REGISTERED, message="", expires_on=expires)
			self._keep_secret(made.secret)
			self.report.made.append(wanted.topic)
		frappe.db.commit()  # what was made outside is known here, whatever becomes of the others

	def _end(self, row: Subscription) -> None:
		if row.made_at and row.made_at != self.registrar.base_url:
			# Its id would be another subscription's there.
			self.report.left.append(_as_told(row))
		elif row.remote_id:
			self.registrar.unsubscribe(row.remote_id)
			if not self.webhooks.registration.unsubscribe:
				self.report.left.append(_as_told(row))

	def _end_strays(self, wanted: Wanted, row: Subscription | None, listed: Sequence[Listed]) -> None:
		"""End what was made for this account by an attempt of which the answer never came."""
		for one in listed:
			ours = one.address == self.address and (not one.topic or one.topic in wanted.names)
			if ours and one.id and not (row and one.id == row.remote_id):
				self.registrar.unsubscribe(one.id)

	def _keep(self, wanted: Wanted, **values) -> None:
		store.keep(
			self.doc.name,
			wanted.topic,
			names=_names(wanted),
			address=self.address,
			made_at=self.registrar.base_url,
			checked_on=now_datetime(),
			**values,
		)

	def _keep_secret(self, secret: str) -> None:
		if self.webhooks.secret != ANSWERED or not secret:
			return
		doc = self.doc
		if doc.verification_secret:
			doc.previous_verification_secret = secrets.stored(doc, "verification_secret")
			doc.previous_verification_expires = add_to_date(now_datetime(), hours=GRACE_HOURS)
		doc.verification_secret = secret
		doc.save()

	def _failed(self, topic: str, error: ConnectError) -> None:
		told = translate(error)
		self.report.failed[topic] = told
		if isinstance(error, NotRegistered) and error.hopeless:
			self.given_up = told
		# Without a time it is looked after again within the hour.
		store.keep(self.doc.name, topic, status=FAILED, message=told, checked_on=None)


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
	return webhooks


def _see_to_secret(doc, webhooks: Webhooks) -> None:
	if doc.verification_secret or webhooks.secret == ANSWERED:
		return
	if webhooks.secret != MADE_HERE:
		raise ConfigurationError(
			"Enter the webhook secret on the tab Inbound first: without it no webhook would be believed.",
			code="missing_secret",
		)
	doc.verification_secret = frappe.generate_hash(length=40)
	doc.save()


def _names(wanted: Wanted) -> str:
	return ", ".join(wanted.names)


def _as_told(row: Subscription) -> str:
	return _("{0} (id {1}) at {2}").format(row.topic, row.remote_id, row.made_at)
