"""One HTTP exchange for one event or a batch of them: headers, signature, sending, and what it meant.

What sends, in a thread, knows nothing of the database; tokens are had and renewed between the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import lru_cache, partial
from typing import Any

from erp_connect.calls.facts import Purpose, of_answer
from erp_connect.config.account import Account
from erp_connect.config.authentication import Authentication
from erp_connect.config.flow import Flow
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Exchange, Outcome, classify
from erp_connect.core.delivery.signing import sign
from erp_connect.core.errors import ConfigurationError, ConnectError, PayloadError, Whole
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.guard.destinations import origin_of
from erp_connect.core.guard.redaction import Redactor, cap
from erp_connect.core.paging.links import added_parameters
from erp_connect.core.parse.answer import EMPTY, JSON, Answer, read_answer
from erp_connect.jobs import steps
from erp_connect.jobs.steps import Steps
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest, HttpResponse, PreparedRequest

BODY_LIMIT = 16_000
Reader = Callable[[bytes, str], Answer]
WHOLE_ADDRESS = ("https://", "http://")


@dataclass
class Result:
	"""What came of one request, ready to be written: nothing in here holds a secret."""

	outcome: Outcome
	answer: Answer
	started: datetime
	duration_ms: int
	method: str
	url: str
	request_headers: dict[str, str] = field(default_factory=dict)
	request_body: str = ""
	status: int | None = None
	response_headers: dict[str, str] = field(default_factory=dict)
	response_body: str = ""
	# As they were, to turn pages by; never stored.
	raw_headers: dict[str, str] = field(default_factory=dict, repr=False)
	asked: str = field(default="", repr=False)
	# Names of the query parameters by which the account proved itself.
	proof: frozenset[str] = frozenset()
	# Whether the answer was longer than what is read.
	cut: bool = False


class Connection:
	"""An open, authenticated way to one account. One per drain; closes its sockets at the end."""

	def __init__(self, account: Account, client: HttpClient, auth: Authentication) -> None:
		self.account = account
		self.client = client
		self.auth = auth

	@property
	def base_url(self) -> str:
		return self.auth.base_url or self.account.base_url

	@property
	def redactor(self) -> Redactor:
		return _redactor((*self.account.known_secrets, *self.auth.secrets))

	def close(self) -> None:
		self.client.close()

	def send(self, *request: Any, **about: Any) -> Result:
		"""`exchange`, here and now."""
		return steps.run(self.exchange(*request, **about))

	def exchange(
		self,
		method: str,
		path: str,
		body: bytes,
		content_type: str,
		key: str,
		*,
		flow: Flow | None,
		creates: bool,
		deletes: bool = False,
		headers: Mapping[str, str] | None = None,
		reader: Reader = read_answer,
		shown: bytes | None = None,
	) -> Steps[Result]:
		"""Send one request; never raises for anything the outside does. A 401 is answered once by another token.

		path: relative to the base URL, or the whole address of a next page that was found to be at the same place.
		deletes: what is not there any more counts as deleted. headers: further ones.
		reader: of the body of an answer of success; what else comes is JSON, XML or text. shown: what is kept of the body
		instead of it, where it holds files.
		"""
		purpose = Purpose(flow, creates, deletes or method == "DELETE")
		parts = (method, path, body, content_type, key, headers, purpose, reader, shown)
		try:
			yield from self.auth.ready()
		except ConnectError as error:
			return self._without_token(error, method, path, purpose)
		used = self.auth.token
		result = yield partial(self._attempt, *parts, refreshed=False)
		if result.outcome.kind == outcomes.AUTH and self.auth.renewable:
			try:
				yield from self.auth.renewed(used)
			except ConnectError as error:
				return replace(result, outcome=self._no_credentials(error))
			result = yield partial(self._attempt, *parts, refreshed=True)
		return result

	def ask(self, method: str, path: str, body: bytes) -> HttpResponse:
		"""One authenticated JSON request that is no event. Raises `TransportError` and other `ConnectError`s."""
		steps.run(self.auth.ready())
		request = self._request(method, path, body, "application/json" if body else "", "")
		return self.client.send(self.client.prepare(request, self.auth.proof))

	def _attempt(
		self,
		method,
		path,
		body,
		content_type,
		key,
		headers,
		purpose: Purpose,
		reader: Reader,
		shown,
		*,
		refreshed,
	) -> Result:
		started, clock = datetime.now(timezone.utc), time.perf_counter()
		request, response, outcome = None, None, None
		answer = Answer(EMPTY)
		try:
			plain = self._request(method, path, body, content_type, key, headers)
			request = self.client.prepare(plain, self.auth.proof, started.timestamp())
			self._sign(request, key)
			response = self.client.send(request)
			read = reader if 200 <= response.status < 300 else read_answer
			answer = read(response.body, response.headers.get("content-type") or "")
			facts = of_answer(
				response,
				answer,
				self.account,
				purpose,
				redactor=self.redactor,
				# Without a token to renew, a second try would carry the same credentials.
				refreshed=refreshed or not self.auth.renewable,
				now=started,
			)
			outcome = classify(facts, now=started, rules=purpose.rules)
		except TransportError as error:
			outcome = self._unanswered(error, purpose, started)
		except PayloadError as error:
			outcome = self._unsendable(error)
		except ConnectError as error:
			outcome = self._no_credentials(error)
		milliseconds = round((time.perf_counter() - clock) * 1000)
		return self._result(outcome, answer, started, milliseconds, method, path, request, response, shown)

	def _without_token(self, error: ConnectError, method, path, purpose: Purpose) -> Result:
		now = datetime.now(timezone.utc)
		if isinstance(error, TransportError):
			outcome = self._unanswered(error, purpose, now)
		else:
			outcome = self._no_credentials(error)
		return self._result(outcome, Answer(EMPTY), now, 0, method, path, None, None)

	def _unanswered(self, error: TransportError, purpose: Purpose, now: datetime) -> Outcome:
		text = self.redactor.text(str(error))
		facts = Exchange(error=error.kind, sent=error.sent, error_text=text, creates=purpose.creates)
		return classify(facts, now=now)

	def _no_credentials(self, error: ConnectError) -> Outcome:
		kind = outcomes.PAUSE if getattr(error, "permanent", True) else outcomes.RETRY
		return Outcome(kind, "credentials", {"remote": Whole(self.redactor.text(str(error)))})

	def _unsendable(self, error: PayloadError) -> Outcome:
		"""Of this request alone: others of the account may well have a place for what the account adds to them."""
		return Outcome(outcomes.FINAL, "invalid_request", {"remote": Whole(self.redactor.text(str(error)))})

	def _request(
		self,
		method: str,
		path: str,
		body: bytes,
		content_type: str,
		key: str,
		more: Mapping[str, str] | None = None,
	) -> HttpRequest:
		headers = {"Accept": "application/json, application/xml;q=0.9, */*;q=0.8", **(more or {})}
		if content_type:
			headers["Content-Type"] = content_type
		if self.account.idempotency_header and key:
			headers[self.account.idempotency_header] = key
		return HttpRequest(method=method, url=self._url(path), headers=headers, body=body)

	def _sign(self, request: PreparedRequest, key: str) -> None:
		"""The signature of a delivery, over the bytes that travel: the proof may have put something into the body."""
		if self.account.signing_secrets and key:
			secrets = [secret.reveal() for secret in self.account.signing_secrets]
			request.headers.update(sign(key, int(request.now), request.body or b"", secrets))

	def _url(self, path: str) -> str:
		if not path.startswith(WHOLE_ADDRESS):
			return join_url(self.base_url, path)
		if origin_of(path) != origin_of(self.base_url):
			raise ConfigurationError(
				"The address {address} is not where the account leads, so the account's proof is not sent there.",
				code="foreign_address",
				address=self.redactor.url(path),
			)
		return path

	def _shown(self, path: str) -> str:
		return path if path.startswith(WHOLE_ADDRESS) else join_url(self.base_url, path)

	def _result(
		self, outcome, answer, started, milliseconds, method, path, request, response, shown=None
	) -> Result:
		redact = self.redactor
		result = Result(outcome, answer, started, milliseconds, method, redact.url(self._shown(path)))
		if request:
			result.asked = request.url
			result.proof = added_parameters(self._shown(path), request.url)
			result.request_headers = redact.headers(request.headers)
			body = (request.body or b"") if shown is None else shown
			result.request_body = cap(redact.body(body.decode("utf-8", "replace")), BODY_LIMIT)
		if response:
			result.status = response.status
			result.response_headers = redact.headers(response.headers)
			result.raw_headers = dict(response.headers)
			result.cut = response.truncated
			result.response_body = cap(_readable(redact, answer, response), BODY_LIMIT)
		return result


def _readable(redact: Redactor, answer: Answer, response: HttpResponse) -> str:
	text = response.body[: BODY_LIMIT * 4].decode("utf-8", "replace")
	return redact.body(text) if answer.kind == JSON else redact.text(text)


@lru_cache(maxsize=32)
def _redactor(secrets: tuple) -> Redactor:
	return Redactor(secrets)


def search(expression, data: Any) -> Any:
	"""What an expression finds in an answer; None when it finds nothing or does not fit."""
	if expression is None or data is None:
		return None
	try:
		return expression.search(data)
	except ConnectError:
		return None
