"""The HTTP client: one exchange at a time, within fixed limits.

Promises per exchange: only addresses the policy allows, TLS verified, one deadline for everything, at most
`max_response_bytes` read, redirects handed back and never followed, no proxy, no cookies, no environment.
Connections are kept open between exchanges. Never retries a request the receiver may have acted on.

It works on the standard library's HTTP parser, because checking the address, keeping the deadline and telling
"nothing was sent" from "it may have been" all need the socket itself.
"""

from __future__ import annotations

import http.client
import io
import select
import ssl
from collections.abc import Callable
from time import monotonic
from typing import Any

from erp_connect import __version__
from erp_connect.core.guard.egress import BlockedAddress, ParsedUrl, Policy, check_url
from erp_connect.transport.errors import TransportError
from erp_connect.transport.guard import open_socket
from erp_connect.transport.inflate import inflate, read_capped
from erp_connect.transport.messages import Headers, HttpRequest, HttpResponse, encode_request
from erp_connect.transport.sockets import DeadlineReached, TimedSocket, TimedTlsSocket, tls_context

USER_AGENT = f"erp_connect/{__version__}"
# May be repeated without harm when a kept connection turns out to be closed (RFC 9110, 9.2.2).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_MAX_IDLE = 45.0
_MAX_CONNECTIONS = 8


class HttpClient:
	"""A client for one account; use one per thread, and close it.

	policy: which addresses may be called. connect_timeout, read_timeout, deadline: seconds to be connected, to
	wait for the next byte, and for the whole exchange. max_response_bytes: longer bodies are cut.
	ca_file: certificate authorities to trust besides the usual ones, set by the site's administrator.
	"""

	def __init__(
		self,
		policy: Policy | None = None,
		*,
		connect_timeout: float = 5,
		read_timeout: float = 30,
		deadline: float = 60,
		max_response_bytes: int = 1_000_000,
		user_agent: str = USER_AGENT,
		ca_file: str = "",
	) -> None:
		self.policy = policy or Policy()
		self.connect_timeout = connect_timeout
		self.read_timeout = read_timeout
		self.deadline = deadline
		self.max_response_bytes = max_response_bytes
		self.user_agent = user_agent
		self._ca_file = ca_file
		self._idle: dict[str, _Connection] = {}

	def __enter__(self) -> HttpClient:
		return self

	def __exit__(self, *_: object) -> None:
		self.close()

	def close(self) -> None:
		"""Close every kept connection. The client may be used again afterwards."""
		while self._idle:
			self._idle.popitem()[1].close()

	def send(self, request: HttpRequest) -> HttpResponse:
		"""Send `request` and read the answer, whatever its status.

		Raises TransportError, whose `sent` says whether the receiver may have got the request.
		"""
		started = monotonic()
		connection: list[_Connection] = []
		try:
			url = self._checked(request.url)
			data = encode_request(request, url.authority, url.target, self.user_agent)
			answer = self._exchange(request.method, url, data, started + self.deadline, connection)
		except TransportError as error:
			error.elapsed_ms = _since(started)
			error.address = connection[-1].address if connection else ""
			raise
		status, headers, body, cut = answer
		return HttpResponse(status, headers, body, cut, _since(started), connection[-1].address)

	def _checked(self, url: str) -> ParsedUrl:
		try:
			return check_url(url, self.policy)
		except BlockedAddress as error:
			kind = "invalid_request" if error.code == "bad_url" else "blocked"
			raise TransportError(error.template, kind=kind, **error.params) from None

	def _exchange(
		self, method: str, url: ParsedUrl, data: bytes, deadline: float, used: list[_Connection]
	) -> tuple[int, Headers, bytes, bool]:
		kept = self._take(url.origin)
		if kept is not None:
			used.append(kept)
			try:
				return self._on(kept, method, url, data, deadline)
			except _Stale as stale:
				# The receiver closed the kept connection while we were writing. Unless the request was cut
				# short or may be repeated anyway, it could have been carried out.
				if stale.written and method not in _REPEATABLE:
					raise _lost(url) from None
		fresh = self._connect(url, deadline)
		used.append(fresh)
		try:
			return self._on(fresh, method, url, data, deadline)
		except _Stale as stale:
			raise _lost(url, sent=stale.written) from None

	def _on(
		self, connection: _Connection, method: str, url: ParsedUrl, data: bytes, deadline: float
	) -> tuple[int, Headers, bytes, bool]:
		reusable = False
		try:
			connection.sock.allow(deadline, self.read_timeout)
			answer = _converse(connection, method, data)
			body, cut = read_capped(answer, self.max_response_bytes)
			headers = Headers(answer.headers.items())
			answer.close()
			reusable = connection.clean() and not (cut or answer.will_close)
			body, cut = inflate(body, headers.get("content-encoding", ""), self.max_response_bytes, cut=cut)
			return answer.status, headers, body, cut
		except (OSError, http.client.HTTPException, ValueError) as error:
			reusable = False
			raise _translated(error, url, connection) from None
		finally:
			if reusable:
				self._put_back(url.origin, connection)
			else:
				connection.close()

	def _connect(self, url: ParsedUrl, deadline: float) -> _Connection:
		context = tls_context(self._ca_file) if url.secure else None
		try:
			sock, address = open_socket(
				url, self.policy, connect_timeout=self.connect_timeout, deadline=deadline, context=context
			)
		except DeadlineReached:
			raise TransportError(
				"The host {host} did not accept a connection in time.", kind="connect_timeout", host=url.host
			) from None
		return _Connection(sock, address)

	def _take(self, origin: str) -> _Connection | None:
		"""A kept connection that is still open; taken out, so that no other thread uses it too."""
		connection = self._idle.pop(origin, None)
		if connection is None or connection.usable():
			return connection
		connection.close()
		return None

	def _put_back(self, origin: str, connection: _Connection) -> None:
		connection.renew()
		replaced = self._idle.pop(origin, None)
		self._idle[origin] = connection
		if replaced is None and len(self._idle) > _MAX_CONNECTIONS:
			replaced = self._idle.pop(next(iter(self._idle)), None)
		if replaced is not None:
			replaced.close()


class _Stream(io.BufferedReader):
	"""What the parser reads from: remembers the last line, and whether anything was left over at the end."""

	def __init__(self, sock: TimedSocket | TimedTlsSocket) -> None:
		super().__init__(sock.makefile("rb", buffering=0))
		self._sock = sock
		self.last_line = b""
		self.leftover = False

	def readline(self, limit: int = -1) -> bytes:
		self.last_line = super().readline(limit)
		return self.last_line

	def close(self) -> None:
		if not self.closed:
			self.leftover = self._holds_more()
		super().close()

	def _holds_more(self) -> bool:
		# With no time left, a look at an empty buffer ends before it reads from the socket.
		self._sock.deadline = 0
		try:
			return bool(self.peek(1))
		except (OSError, ValueError):
			return False


class _Connection:
	"""A socket, the address it leads to, and how far the exchange on it has come."""

	def __init__(self, sock: TimedSocket | TimedTlsSocket, address: str) -> None:
		self.sock = sock
		self.address = address
		self.close: Callable[[], Any] = sock.close
		self.written = False
		self.answered = False
		self.idle_since = monotonic()

	def makefile(self, *_: object) -> _Stream:
		"""For the parser, which takes this for a socket."""
		self.stream = _Stream(self.sock)
		return self.stream

	def clean(self) -> bool:
		"""Whether the exchange ended as agreed on both sides: all was sent, and nothing came after the answer."""
		return self.written and not self.stream.leftover

	def renew(self) -> None:
		self.written = self.answered = False
		self.idle_since = monotonic()

	def usable(self) -> bool:
		"""Open and silent: what can be read from an idle connection is its end, or an answer nobody asked for."""
		if monotonic() - self.idle_since > _MAX_IDLE:
			return False
		poll = select.poll()
		poll.register(self.sock, select.POLLIN | select.POLLPRI)
		return not poll.poll(0)


class _Stale(Exception):
	"""The connection was closed before any byte of an answer. written: the request had gone out in full."""

	def __init__(self, written: bool) -> None:
		super().__init__()
		self.written = written


def _converse(connection: _Connection, method: str, data: bytes) -> http.client.HTTPResponse:
	try:
		connection.sock.send_whole(data)
		connection.written = True
	except (BrokenPipeError, ConnectionResetError):
		# A receiver that refuses a large body answers and closes without reading all of it.
		if not _readable(connection.sock):
			raise
	answer = http.client.HTTPResponse(connection, method=method)
	answer.begin()
	connection.answered = True
	# The parser takes the end of the connection for the end of the headers.
	if connection.stream.last_line not in (b"\r\n", b"\n"):
		raise http.client.IncompleteRead(b"")
	return answer


def _readable(sock: TimedSocket | TimedTlsSocket) -> bool:
	poll = select.poll()
	poll.register(sock, select.POLLIN)
	return any(event & select.POLLIN for _, event in poll.poll(0))


def _translated(error: Exception, url: ParsedUrl, connection: _Connection) -> Exception:
	"""What a failure on an open connection means; most specific first."""
	sent = connection.written
	if isinstance(error, DeadlineReached):
		return TransportError(
			"The exchange with {host} was not finished in time.", kind="deadline", sent=sent, host=url.host
		)
	if isinstance(error, TimeoutError):
		return TransportError(
			"The host {host} sent nothing for too long.", kind="read_timeout", sent=sent, host=url.host
		)
	if isinstance(error, http.client.IncompleteRead):
		return TransportError(
			"The answer of {host} ended too early.", kind="truncated", sent=True, host=url.host
		)
	if isinstance(error, ConnectionError | ssl.SSLError) and not connection.answered:
		return _Stale(sent)
	if isinstance(error, OSError):
		return _lost(url, sent=sent)
	return TransportError(
		"The answer of {host} is not valid HTTP. Check the port in the base URL.",
		kind="decode",
		sent=sent,
		host=url.host,
	)


def _lost(url: ParsedUrl, *, sent: bool = True) -> TransportError:
	return TransportError(
		"The connection to {host} broke before the answer was complete.",
		kind="reset",
		sent=sent,
		host=url.host,
	)


def _since(started: float) -> int:
	return round((monotonic() - started) * 1000)
