"""The connections under `requests`: urllib3's, except for how they are opened and when they are used again.

Promises that every socket comes from the guard, that head and body leave in one piece and exactly as they were
checked, and that a request is never repeated that may have been carried out, unless repeating it changes nothing by
the rules of HTTP (PUT and DELETE, on a kept connection that turns out to be closed). What fails is raised as
TransportError with the facts of the moment, before urllib3 could retry or reword it.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPHeaderDict, HTTPResponse, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from erp_connect.core.guard.egress import ParsedUrl
from erp_connect.transport import proxy as proxies
from erp_connect.transport.errors import TransportError
from erp_connect.transport.guard import Opened
from erp_connect.transport.proxy import EgressProxy
from erp_connect.transport.sockets import DeadlineReached
from erp_connect.transport.tls import certificate_refused, wrong_certificate

MAX_IDLE = 45.0
# May be repeated without harm when a kept connection turns out to be closed (RFC 9110, 9.2.2).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass
class Exchange(Timeout):
	"""One exchange: where to, how long, and what became of it.

	It travels as the `timeout` of requests, the one argument that adapters hand through untouched.

	url: as checked. deadline: on the monotonic clock. read_limit: longest wait for the next byte, in seconds.
	address: IP address that was called. sent: whether the receiver may have got the whole request.
	"""

	url: ParsedUrl
	deadline: float
	read_limit: float
	address: str = ""
	sent: bool = False

	def __post_init__(self) -> None:
		super().__init__()

	def failed(self, error: BaseException) -> TransportError:
		"""What a failure on an open connection means; most specific first."""
		if isinstance(error, TransportError):
			return error
		if certificate_refused(error):
			return wrong_certificate(error, self.url)
		template, kind, sent = _meaning(error)
		return TransportError(template, kind=kind, sent=sent or self.sent, host=self.url.host)


def _meaning(error: BaseException) -> tuple[str, str, bool]:
	"""Words, kind, and whether the failure itself proves that the request arrived."""
	if isinstance(error, DeadlineReached):
		return "The exchange with {host} was not finished in time.", "deadline", False
	if isinstance(error, TimeoutError):
		return "The host {host} sent nothing for too long.", "read_timeout", False
	if isinstance(error, http.client.IncompleteRead):
		return "The answer of {host} ended too early.", "truncated", True
	if isinstance(error, OSError):
		return "The connection to {host} broke before the answer was complete.", "reset", False
	return "The answer of {host} is not valid HTTP. Check the port in the base URL.", "decode", False


class _Stale(Exception):
	"""The connection was closed before any byte of an answer."""


class GuardedConnection(HTTPConnection):
	"""A connection, plain or with TLS, opened by `opener` when an exchange needs one."""

	def __init__(
		self,
		*args: Any,
		opener: Callable[[ParsedUrl, float], Opened],
		proxy_in_front: EgressProxy | None,
		**kwargs: Any,
	) -> None:
		super().__init__(*args, **kwargs)
		self._opener = opener
		self._proxy = proxy_in_front
		self._exchange: Exchange
		self._address = self._forward = self._target = ""
		self._unsent: list[bytes] = []
		self._used = 0.0
		self._clean = False

	@property
	def is_connected(self) -> bool:
		"""Open and silent: what can be read from an idle connection is its end, or an answer nobody asked for."""
		return super().is_connected and self._clean and monotonic() - self._used < MAX_IDLE

	def connect(self) -> None:
		opened = self._opener(self._exchange.url, self._exchange.deadline)
		self.sock, self._address, self._forward = opened

	def converse(
		self, exchange: Exchange, method: str, target: str, body: Any, headers: Any
	) -> BaseHTTPResponse:
		"""Send a request and read the head of its answer. Raises TransportError, or `_Stale`."""
		self._exchange, self._unsent = exchange, []
		self._clean = answered = False
		if self.is_closed:
			self.connect()
		exchange.address = self._address
		sock = self.sock
		sock.allow(exchange.deadline, exchange.read_limit)
		try:
			self._target = self._forward + target
			# The address stays out of urllib3's hands: it would encode it anew, and log it.
			self.request(method, "/", body, headers, preload_content=False, decode_content=False)
			self._write()
			response = self.getresponse()
			answered = True
			# The parser takes the end of the connection for the end of the headers.
			if sock.last_line not in (b"\r\n", b"\n"):
				raise http.client.IncompleteRead(b"")
		except (OSError, http.client.HTTPException, HTTPError, ValueError) as error:
			if (
				isinstance(error, ConnectionError | ssl.SSLError)
				and not answered
				and not certificate_refused(error)
			):
				raise _Stale from None
			raise exchange.failed(error) from None
		if self._forward and response.status == 407:
			exchange.sent = False
			raise proxies.refused(self._proxy, 407, exchange.url.host, exchange.url.authority)
		return response

	def putrequest(self, method: str, url: str, *_: Any, **__: Any) -> None:
		super().putrequest(method, self._target, skip_host=True, skip_accept_encoding=True)
		self.putheader("Host", self._exchange.url.authority)
		self.putheader("Accept-Encoding", "identity")
		if self._forward and self._proxy.authorization:
			self.putheader("Proxy-Authorization", self._proxy.authorization.reveal())

	def send(self, data: bytes) -> None:
		"""Kept until head and body are together: one write, which was made in full or was not."""
		self._unsent.append(data)

	def getresponse(self) -> HTTPResponse:
		"""As urllib3 gives it, without its look for odd headers, which it reports to the log with the address."""
		answer = http.client.HTTPConnection.getresponse(self)
		return HTTPResponse(
			answer,
			HTTPHeaderDict(answer.msg.items()),
			answer.status,
			preload_content=False,
			decode_content=False,
			original_response=answer,
			request_method=self._method,
		)

	def _write(self) -> None:
		try:
			self.sock.send_whole(b"".join(self._unsent))
			self._exchange.sent = True
		except (BrokenPipeError, ConnectionResetError):
			# A receiver that refuses a large body answers and closes without reading all of it.
			if not self.sock.readable():
				raise

	def rest(self) -> None:
		"""After an exchange: to be used again only if it ended as agreed on both sides."""
		self._used = monotonic()
		self._clean = self.sock is not None and self._exchange.sent and not self.sock.leftover
		if not self._clean:
			self.close()


def _is_repeatable(method: str, headers: Any) -> bool:
	"""Whether a request may be made twice. A part of a file may not: parts have to follow each other."""
	return method in _REPEATABLE and not any(name.lower() == "content-range" for name in headers or ())


class GuardedPool(HTTPConnectionPool):
	"""The kept connections to one place, for any number of threads; each is used by one at a time."""

	ConnectionCls = GuardedConnection

	def urlopen(  # type: ignore[override]
		self, method: str, url: str, body: Any = None, headers: Any = None, *, timeout: Exchange, **_: Any
	) -> BaseHTTPResponse:
		"""The answer, its body unread. url: path and query as checked. Raises TransportError.

		Without urllib3's retries, redirects and re-encoding of addresses, which know nothing of what may be
		repeated or has been checked.
		"""
		connection = self._get_conn()
		kept = not connection.is_closed
		try:
			response = self._converse(connection, kept, timeout, method, url, body, headers)
		except BaseException:
			connection.close()
			self._put_conn(connection)
			raise
		# From here on reading to the end, or failing to, gives the connection back.
		response._connection = connection
		response._pool = self
		return response

	def _converse(
		self, connection: GuardedConnection, kept: bool, exchange: Exchange, method: str, *request: Any
	) -> BaseHTTPResponse:
		try:
			return connection.converse(exchange, method, *request)
		except _Stale:
			# The receiver may have closed the kept connection while we were writing. Unless the request was cut
			# short or may be repeated anyway, it could have been carried out.
			if not kept or (exchange.sent and not _is_repeatable(method, request[-1])):
				raise exchange.failed(ConnectionResetError()) from None
		connection.close()
		exchange.sent = False
		try:
			return connection.converse(exchange, method, *request)
		except _Stale:
			raise exchange.failed(ConnectionResetError()) from None

	def _put_conn(self, conn: GuardedConnection | None) -> None:
		if conn and not conn.is_closed:
			conn.rest()
		super()._put_conn(conn)
