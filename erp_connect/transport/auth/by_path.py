"""One account whose parts want to be proved in different ways: which one it is, the path of a request says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from requests.auth import AuthBase

from erp_connect.core.errors import ConfigurationError
from erp_connect.transport.messages import PreparedRequest


@dataclass(frozen=True)
class ByPathAuth(AuthBase):
	"""proofs: by the beginning of a path, the first one that fits counts; made when it is asked for."""

	proofs: Sequence[tuple[str, Callable[[], AuthBase]]] = field(repr=False)

	def __call__(self, r: PreparedRequest) -> PreparedRequest:
		path = urlsplit(r.url).path or "/"
		for begins, proof in self.proofs:
			if path.startswith(begins):
				return proof()(r)
		raise ConfigurationError(
			"The settings of the scheme say nothing of the path {path}. Add the beginning of it, or / for all others.",
			code="auth",
			path=path,
		)
