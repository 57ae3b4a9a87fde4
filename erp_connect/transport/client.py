"""The HTTP client: `requests` within fixed limits.

Promises per exchange: only addresses the policy allows, TLS verified, one deadline for everything, at most
`max_response_bytes` read, redirects handed back and never followed, no cookies, no proxy but the configured
one, nothing from the environment. Connections are kept open between exchanges. Never repeats a request the
receiver may have acted on.
"""

from __future__ import annotations

import time
from time import monotonic

from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from erp_connect import __version__
from erp_connect.core.guard.egress import BlockedAddress, ParsedUrl, Policy, check_url
from erp_connect.transport.adapter import GuardedAdapter
from erp_connect.transport.body import read_body
from erp_connect.transport.connection import Exchange
from erp_connect.transport.errors import TransportError
from erp_connect.transport.guard import Opened, open_socket
from erp_connect.transport.messages import (
	Headers,
	HttpRequest,
	HttpResponse,
	PreparedRequest,
	check_prepared,
	prepare,
)
from erp_connect.transport.proxy import EgressProxy
from erp_connect.transport.tls import ClientCertificate, tls_context

USER_AGENT = f"erp_connect/{__version__}"


class HttpClient:
	"""A client for one account; any number of threads may share it. Close it in the end.

	policy: which addresses may be called. connect_timeout, read_timeout, deadline: seconds to be connected, to
	wait for the next byte, and for the whole exchange. max_response_bytes: longer bodies are cut.
	max_connections: how many connections to one place are kept open; more at a time are made, but not kept.
	ca_file: certificate authorities to trust besides the usual ones. certificate: shown to receivers that ask
	for one. proxy: the way out. These three are set by the site's administrator; raises ConfigurationError for
	files that cannot be used.
	"""

	def __init__(
		self,
		policy: Policy | None = None,
		*,
		connect_timeout: float = 5,
		read_timeout: float = 30,
		deadline: float = 60,
		max_response_bytes: int = 1_000_000,
		max_connections: int = 8,
		user_agent: str = USER_AGENT,
		ca_file: str = "",
		certificate: ClientCertificate | None = None,
		proxy: EgressProxy | None = None,
	) -> None:
		self.policy = policy or Policy()
		self.connect_timeout = connect_timeout
		self.read_timeout = read_timeout
		self.deadline = deadline
		self.max_response_bytes = max_response_bytes
		self.user_agent = user_agent
		self._ca_file = ca_file
		self._certificate = certificate
		self._proxy = proxy
		self._adapter = GuardedAdapter(self._open, max_connections=max_connections, proxy=proxy)
		if ca_file or certificate:
			tls_context(ca_file, certificate)

	def __enter__(self) -> HttpClient:
		return self

	def __exit__(self, *_: object) -> None:
		self.close()

	def close(self) -> None:
		"""Close every kept connection. The client may be used again afterwards."""
		self._adapter.close()

	def prepare(
		self, request: HttpRequest, auth: AuthBase | None = None, now: float | None = None
	) -> PreparedRequest:
		"""The request with the proof of who is calling, ready for `send`: its `url`, `headers` and `body` travel.

		now: seconds since 1970 that signatures name, the current time if left out.
		"""
		now = time.time() if now is None else now
		return prepare(request, auth, now=now, user_agent=self.user_agent)

	def send(self, request: HttpRequest | PreparedRequest) -> HttpResponse:
		"""Send `request` and read the answer, whatever its status.

		Raises TransportError, whose `sent` says whether the receiver may have got the request, and
		ConfigurationError when the administrator's files can no longer be used.
		"""
		started = monotonic()
		exchange = None
		try:
			prepared = self.prepare(request) if isinstance(request, HttpRequest) else request
			prepared.checked = self._checked(prepared.url)
			check_prepared(prepared)
			exchange = Exchange(prepared.checked, started + self.deadline, self.read_timeout)
			return self._exchange(prepared, exchange, started)
		except TransportError as error:
			error.elapsed_ms = _since(started)
			error.address = exchange.address if exchange else ""
			raise

	def _exchange(self, request: PreparedRequest, exchange: Exchange, started: float) -> HttpResponse:
		raw = self._adapter.exchange(request, exchange).raw
		try:
			body, cut = read_body(raw, self.max_response_bytes)
		except HTTPError as error:
			# urllib3 says what it could not do, its cause says why.
			raise exchange.failed(error.__cause__ or error) from None
		headers = Headers(raw.headers.iteritems())
		return HttpResponse(raw.status, headers, body, cut, _since(started), exchange.address)

	def _checked(self, url: str) -> ParsedUrl:
		try:
			return check_url(url, self.policy)
		except BlockedAddress as error:
			kind = "invalid_request" if error.code == "bad_url" else "blocked"
			raise TransportError(error.template, kind=kind, **error.params) from None

	def _open(self, url: ParsedUrl, deadline: float) -> Opened:
		return open_socket(
			url,
			self.policy,
			connect_timeout=self.connect_timeout,
			deadline=deadline,
			context=tls_context(self._ca_file, self._certificate) if url.secure else None,
			proxy=self._proxy,
		)


def _since(started: float) -> int:
	return round((monotonic() - started) * 1000)
