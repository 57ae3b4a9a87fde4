"""Subscriptions of one account put right, one after the other: made, ended, written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone

import frappe
from frappe import _
from frappe.utils import add_to_date, convert_utc_to_system_timezone, now_datetime

from erp_connect.calls.webhook_registration import NotRegistered, Registrar, values_of
from erp_connect.config import inflow, secrets, verification
from erp_connect.config.presets import MADE_HERE
from erp_connect.core.errors import ConnectError
from erp_connect.core.presets import subscriptions
from erp_connect.core.presets.subscriptions import Listed, Wanted
from erp_connect.core.presets.webhooks import Webhooks
from erp_connect.core.values.durations import parse_duration
from erp_connect.messages import translate
from erp_connect.store import webhook_subscriptions as store
from erp_connect.store.webhook_subscriptions import FAILED, REGISTERED, Subscription

ANSWERED = "answered"
GRACE_HOURS = 24


@dataclass
class Report:
	"""Topics by what became of them. failed: with the reason. left: subscriptions that stay outside, as people know them."""

	made: list[str] = field(default_factory=list)
	kept: list[str] = field(default_factory=list)
	removed: list[str] = field(default_factory=list)
	failed: dict[str, str] = field(default_factory=dict)
	left: list[str] = field(default_factory=list)


def wanted_by(doc, webhooks: Webhooks) -> tuple[Wanted, ...]:
	"""The subscriptions that the flows of an account need."""
	return subscriptions.wanted(webhooks, inflow.topics_of(doc.name))


class Subscriber:
	"""Subscriptions of one account, put right. Each is written down and committed when its answer is there."""

	def __init__(self, doc, webhooks: Webhooks, address: str) -> None:
		self.doc, self.webhooks, self.address = doc, webhooks, address
		self.registrar = self._open()
		self.report = Report()
		self.given_up = ""

	def _open(self) -> Registrar:
		secret = secrets.read(self.doc, "verification_secret") if self.webhooks.secret == MADE_HERE else None
		values = values_of(self.doc, self.address, secret.reveal() if secret else "")
		return Registrar(self.doc, self.webhooks.registration, values)

	def close(self) -> None:
		self.registrar.close()

	def register(self, *, anew: bool) -> Report:
		rows = {row.topic: row for row in store.of_account(self.doc.name)}
		here = any(row.remote_id and row.made_at == self.registrar.base_url for row in rows.values())
		if self.webhooks.secret == MADE_HERE and (anew or not here):
			self._make_secret()
			frappe.db.commit()  # some systems call the address with it while they register it
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
			self._keep_id(made.id)
			self.report.made.append(wanted.topic)
		frappe.db.commit()  # what was made outside is known here, whatever becomes of the others

	def _end(self, row: Subscription) -> None:
		if row.made_at and row.made_at != self.registrar.base_url:
			# Its id would be another subscription's there.
			self.report.left.append(as_told(row))
		elif row.remote_id:
			self.registrar.unsubscribe(row.remote_id)
			if not self.webhooks.registration.unsubscribe:
				self.report.left.append(as_told(row))

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

	def _make_secret(self) -> None:
		"""One that no other place has got: whoever may change the account's address would get the one before by it."""
		self._take_secret(frappe.generate_hash(length=40))
		self.close()
		self.registrar = self._open()  # which keeps the new one out of what is told

	def _keep_secret(self, secret: str) -> None:
		if self.webhooks.secret == ANSWERED and secret:
			self._take_secret(secret)

	def _keep_id(self, known: str) -> None:
		if verification.takes_webhook_id(self.doc):
			self.doc.webhook_id = known
			self.doc.save()

	def _take_secret(self, secret: str) -> None:
		doc = self.doc
		if doc.verification_secret:
			# What is under way was signed with it.
			doc.previous_verification_secret = secrets.stored(doc, "verification_secret")
			doc.previous_verification_expires = add_to_date(
				now_datetime().replace(microsecond=0), hours=GRACE_HOURS
			)
		doc.verification_secret = secret
		doc.save()

	def _failed(self, topic: str, error: ConnectError) -> None:
		told = translate(error)
		self.report.failed[topic] = told
		if isinstance(error, NotRegistered) and error.hopeless:
			self.given_up = told
		# Without a time it is looked after again within the hour.
		store.keep(self.doc.name, topic, status=FAILED, message=told, checked_on=None)


def _names(wanted: Wanted) -> str:
	return ", ".join(wanted.names)


def as_told(row: Subscription) -> str:
	"""A subscription as a person finds it at the other side."""
	return _("{0} (id {1}) at {2}").format(row.topic, row.remote_id, row.made_at)
