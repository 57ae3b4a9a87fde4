"""What can go wrong on the way to a receiver and back.

	ConnectError
	└── TransportError      the exchange itself failed: see `kind`, and `sent` for what the receiver may know
	└── TokenError          no token could be had for the account

Messages never hold a header, a body, a query string or a credential.
"""

from __future__ import annotations

from typing import Any

from erp_connect.core.errors import ConnectError

KINDS = frozenset(
	{
		"dns",
		"blocked",
		"refused",
		"connect_timeout",
		"tls",
		"client_certificate",
		"proxy",
		"read_timeout",
		"deadline",
		"reset",
		"truncated",
		"decode",
		"invalid_request",
	}
)


class TransportError(ConnectError):
	"""An exchange that brought no usable answer.

	kind: one of `KINDS`, also the `code`. sent: whether the receiver may have got the whole request.
	elapsed_ms: how long it took to fail. address: IP address that was called, empty if none was.
	"""

	def __init__(self, template: str, *, kind: str, sent: bool = False, **params: Any) -> None:
		super().__init__(template, code=kind, **params)
		self.kind = kind
		self.sent = sent
		self.elapsed_ms = 0
		self.address = ""


class TokenError(ConnectError):
	"""The token endpoint or the login refused.

	permanent: asking again with the same credentials cannot help; a person has to act.
	"""

	default_code = "token"

	def __init__(self, template: str, *, permanent: bool, **params: Any) -> None:
		super().__init__(template, **params)
		self.permanent = permanent
