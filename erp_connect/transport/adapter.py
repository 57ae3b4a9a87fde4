"""The `requests` adapter of this app: connections by the guard, nothing from the environment.

Everything that requests does for a browser-like session (redirects, cookies, .netrc, proxy variables) belongs
to its `Session`, which is not used: requests are prepared by `messages.prepare` and handed to the adapter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager

from erp_connect.core.guard.egress import ParsedUrl
from erp_connect.transport.connection import Exchange, GuardedPool
from erp_connect.transport.guard import Opened
from erp_connect.transport.messages import PreparedRequest
from erp_connect.transport.proxy import EgressProxy

# Places whose connections are kept: the API, its token endpoint, and those a token's answer leads to.
_MAX_ORIGINS = 8
_key = itemgetter("scheme", "host", "port")


class GuardedAdapter(HTTPAdapter):
	"""opener: gives an open socket for a checked address until a deadline. max_connections: kept for each place."""

	def __init__(
		self,
		opener: Callable[[ParsedUrl, float], Opened],
		*,
		max_connections: int,
		proxy: EgressProxy | None = None,
	) -> None:
		self._pool = partial(GuardedPool, opener=opener, proxy_in_front=proxy)
		super().__init__(_MAX_ORIGINS, max_connections)

	def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: Any) -> None:
		self.poolmanager = PoolManager(connections, maxsize=maxsize, block=block)
		self.poolmanager.pool_classes_by_scheme = {"http": self._pool, "https": self._pool}
		self.poolmanager.key_fn_by_scheme = {"http": _key, "https": _key}

	def exchange(self, request: PreparedRequest, exchange: Exchange) -> requests.Response:
		"""The answer to a request whose address was checked, its body unread in `raw`. Raises TransportError."""
		return self.send(request, stream=True, timeout=exchange)

	def get_connection_with_tls_context(
		self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
	) -> HTTPConnectionPool:
		url = request.checked
		return self.poolmanager.connection_from_host(url.host, url.port, url.scheme)

	def request_url(self, request: PreparedRequest, proxies: Any) -> str:
		return request.checked.target

	def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
		"""Nothing is left to set: the connection brings its own TLS settings (`tls.tls_context`)."""

	def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> requests.Response:
		"""The bare answer: the cookies that requests would gather here are not kept by anybody."""
		response = requests.Response()
		response.request, response.raw = req, resp
		response.status_code = resp.status
		return response
