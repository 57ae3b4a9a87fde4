"""Gets the files of a record that stand at an address, before the record is written. Writes nothing.

Where the account leads, its own connection asks, with its proof. Anywhere else nothing of the account is shown: no
secret, no certificate, and no place that the site's administrator opened for accounts alone; a record could name any.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from typing import Any

import frappe
from frappe.core.api.file import get_max_file_size

from erp_connect.calls import connection as connections
from erp_connect.calls import rate_gate, switch
from erp_connect.calls.exchange import Connection
from erp_connect.calls.fetcher import PAUSED_SECONDS, NotNow
from erp_connect.config import account as accounts
from erp_connect.config.account import Account
from erp_connect.config.inflow import InFlow
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError, Whole, let_go
from erp_connect.core.guard.destinations import origin_if_any
from erp_connect.core.guard.egress import Policy
from erp_connect.core.parse.answer import EMPTY, Answer
from erp_connect.core.payload.received_files import MOST, MOST_BYTES
from erp_connect.jobs.steps import Steps
from erp_connect.messages import describe
from erp_connect.records import received_files
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest

# For all files of one record; well below the time for which a worker may hold an event.
SECONDS = 50.0
ANYTHING = {"Accept": "*/*"}


class NotDownloaded(ConnectError):
	"""A file cannot be had from its address. passing: it may be there later."""

	default_code = "not_downloaded"

	def __init__(self, template: str, *, passing: bool = False, **params: Any) -> None:
		super().__init__(template, **params)
		self.passing = passing
		if passing:
			self.code = "not_fetched"


def of(flow: InFlow, record: Any, *, paced: bool = False) -> Steps[received_files.Downloads]:
	"""The contents of the record's files by their address, or why one could not be had.

	paced: keeps to the limits of the account, commits, and raises `NotNow` where it may not be asked now.
	"""
	if not flow.fetches_files or not isinstance(record, dict):
		return {}
	try:
		wanted = received_files.addresses(flow, record)
	except ConnectError:
		return {}  # told when the record is written
	if not wanted:
		return {}
	return (yield from at(wanted, flow.account, paced=paced))


def at(wanted: Iterable[str], account: str, *, paced: bool = False) -> Steps[received_files.Downloads]:
	"""The contents of files by their address, or why one could not be had. paced: see `of`."""
	downloads = _Downloads(accounts.load(account), paced=paced)
	try:
		return (yield from downloads.all(wanted))
	finally:
		downloads.close()


class _Downloads:
	"""The files of one record."""

	def __init__(self, account: Account, *, paced: bool) -> None:
		self.account = account
		self.paced = paced
		self.largest = get_max_file_size()
		self.left = MOST_BYTES
		self.end = time.monotonic() + SECONDS
		self._own: Connection | None = None
		self._anywhere: HttpClient | None = None

	def close(self) -> None:
		for opened in (self._own, self._anywhere):
			if opened:
				opened.close()

	def all(self, wanted: Iterable[str]) -> Steps[dict[str, bytes | ConnectError]]:
		found: dict[str, bytes | ConnectError] = {}
		for url in list(wanted)[:MOST]:
			try:
				content = yield from self._one(url)
				if len(content) > self.left:
					raise NotDownloaded(
						"the files of the record have more than {most} bytes", most=MOST_BYTES
					)
				self.left -= len(content)
				found[url] = content
			except TransportError as error:
				passing = error.kind not in ("blocked", "invalid_request")
				found[url] = NotDownloaded(error.template, passing=passing, **error.params)
			except NotNow as error:
				if self.paced:
					raise
				found[url] = _kept(error)
			except ConnectError as error:
				found[url] = _kept(error)
		return found

	def _one(self, url: str) -> Steps[bytes]:
		if time.monotonic() > self.end:
			raise NotDownloaded("the files before it took more than {seconds} seconds", seconds=int(SECONDS))
		own = self._open()
		if not own.base_url:
			yield from own.auth.ready()  # whose answer says where the account leads
		if url.startswith("/"):
			return (yield from self._with_proof(own, url))
		if origin_if_any(url) and origin_if_any(url) == origin_if_any(own.base_url):
			return (yield from self._with_proof(own, url))
		response = yield partial(self._client().send, HttpRequest("GET", url, ANYTHING, b""))
		if 300 <= response.status < 400:
			raise NotDownloaded(
				"its address leads on to another one, which is not followed. Map the address that holds the file"
			)
		if not 200 <= response.status < 300:
			passing = response.status == 429 or response.status >= 500
			raise NotDownloaded("its address answered {status}", status=response.status, passing=passing)
		return self._whole(response.body, response.truncated)

	def _with_proof(self, own: Connection, url: str) -> Steps[bytes]:
		while self.paced and (wait := self._wait()):
			if time.monotonic() + wait > self.end:
				raise NotNow(wait)
			yield wait
		bodies: list[bytes] = []

		def keep(body: bytes, _type: str) -> Answer:
			bodies.append(body)
			return Answer(EMPTY)

		result = yield from own.exchange(
			"GET", url, b"", "", "", flow=None, creates=False, headers=ANYTHING, reader=keep
		)
		outcome = result.outcome
		if outcome.kind != outcomes.DELIVERED or not bodies:
			passing = outcome.resend or outcome.kind in (outcomes.THROTTLE, outcomes.UNKNOWN)
			raise NotDownloaded("{reason}", reason=Whole(describe(outcome)), passing=passing)
		return self._whole(bodies[-1], result.cut)

	def _wait(self) -> float:
		return rate_gate.permitted_in(self.account) if switch.may_send(self.account.name) else PAUSED_SECONDS

	def _whole(self, content: bytes, cut: bool) -> bytes:
		if cut:
			raise NotDownloaded("it has more than {most} bytes", most=self.largest)
		return content

	def _open(self) -> Connection:
		if self._own is None:
			settings = frappe.get_cached_doc("Integration Settings", self.account.name)
			self._own = connections.open_connection(settings, self.account, self.largest)
		return self._own

	def _client(self) -> HttpClient:
		if self._anywhere is None:
			self._anywhere = connections.open_client(
				policy=elsewhere(),
				connect_timeout=self.account.connect_timeout,
				read_timeout=self.account.read_timeout,
				deadline=min(self.account.deadline, SECONDS),
				max_response_bytes=self.largest,
				max_connections=1,
			)
		return self._anywhere


def _kept(error: ConnectError) -> ConnectError:
	"""An error that stands where a content would: without the frames that have the other files in hand."""
	let_go(error)
	return error


def elsewhere() -> Policy:
	"""Where a file may stand besides the account itself: on public hosts, with TLS."""
	return Policy.of()
