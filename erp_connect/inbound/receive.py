"""Takes a webhook in: verified first, then stored in one short transaction, then answered; a worker does the rest.

Everything that is not proved to come from the account gets the same answer, whatever the cause, and leaves no
trace but a line in the log file and a count by reason (`admission/refusals.py`). After too many of those from one place, the next have to wait. An event that came
before is answered like the first time and has no effect; one that failed may be sent again.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import frappe
from werkzeug.wrappers import Request, Response

from erp_connect.admission import address, refusals
from erp_connect.admission import failed_attempts as attempts
from erp_connect.config import inflow
from erp_connect.config import verification as configured
from erp_connect.core.delivery.states import CANCELLED, FAILED
from erp_connect.core.errors import ConnectError
from erp_connect.core.parse.limits import InputError, Limits, check_declared_size, decode_content
from erp_connect.core.parse.texts import as_json, require_texts, storable
from erp_connect.core.verify import body_secrets, verification
from erp_connect.core.verify.events import Event, events_of
from erp_connect.core.verify.request import (
	METHOD,
	NOT_ALLOWED,
	InboundRequest,
	VerificationError,
	inbound_request,
)
from erp_connect.inbound import proof, replies, routing, splitting
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.messages import translate
from erp_connect.store import database, inbox, installation, keys, schema, sync_log

LIMITS = Limits(max_bytes=2 * 1024 * 1024, max_keys=50_000)
# GET is for challenges only.
STORED = ("POST", "PUT")
# A sender that repeats an event in one of these states wants it to be tried again.
REPEATABLE = (FAILED, CANCELLED)
# Times that an event is stored before its sender is told to come again: not every sender does.
TRIES = 5
# What Frappe makes of a lock that is not given back, and of a deadlock.
UNAVAILABLE = (frappe.QueryTimeoutError, frappe.QueryDeadlockError)


def receive(request: Request) -> Response:
	"""The answer to a webhook call, also while the database is away."""
	try:
		return _received(request)
	except (ConnectError, *UNAVAILABLE, frappe.db.OperationalError, frappe.db.InternalError):
		if not database.restore():
			frappe.db.rollback()
		return _unavailable()
	except Exception:
		# Each driver has errors of its own for a connection that died before.
		if not database.restore():
			raise
		return _unavailable()


def _received(request: Request) -> Response:
	try:
		check_declared_size(request.headers.get("Content-Length"), LIMITS)
		return _for_account(request)
	except VerificationError as error:
		frappe.logger("erp_connect").info("webhook refused: %s", error.reason)
		return _answer(401, {"error": {"code": "unauthorized", "message": translate(error)}})
	except attempts.TooManyAttempts as error:
		answer = _answer(429, {"error": {"code": error.code, "message": translate(error)}})
		answer.headers["Retry-After"] = str(error.seconds)
		return answer
	except InputError as error:
		return _answer(error.status, {"error": {"code": error.code, "message": translate(error)}})


def _for_account(request: Request) -> Response:
	try:
		account = configured.of_key(request.path.rpartition("/")[2])
	except VerificationError as error:
		if error.account:
			refusals.count(error.account, error.reason)
		nobody = attempts.of_webhooks(address.sender(request), None)
		attempts.require(nobody)
		attempts.count(nobody)
		raise
	scopes = attempts.of_webhooks(address.sender(request), account.name)
	try:
		attempts.require(scopes)
		return _proved(account, request)
	except VerificationError as error:
		attempts.count(scopes)
		refusals.count(account.name, error.reason)
		raise
	except (attempts.TooManyAttempts, InputError) as error:
		waited = isinstance(error, attempts.TooManyAttempts)
		refusals.count(account.name, refusals.WAITED if waited else refusals.UNUSABLE)
		raise


def _proved(account: configured.Verification, request: Request) -> Response:
	if not address.is_allowed(request, address.listed(account.allowed_ips)):
		raise VerificationError(NOT_ALLOWED)
	inbound = _inbound(request)
	now = time.time()
	account = replace(account, scheme=verification.chosen(account.scheme, inbound))
	if answer := verification.challenge_answer(account.scheme, inbound, account.secrets, now):
		return Response(answer.body, status=answer.status, content_type=answer.content_type)
	if request.method not in STORED:
		raise VerificationError(METHOD)
	return _store_again(account, inbound, proof.prove(account, inbound, now))


def _unavailable() -> Response:
	"""The sender tries again: an event is never answered with success unless it is stored."""
	frappe.logger("erp_connect").error("webhook could not be stored", exc_info=True)
	return _answer(503, {"error": {"code": "unavailable", "message": "Try again later."}})


def _inbound(request: Request) -> InboundRequest:
	raw = request.get_data()
	# A compressed body is refused: the signature would be over other bytes than those that are read.
	decode_content(raw, request.headers.get("Content-Encoding"), LIMITS)
	return inbound_request(request.method, request.url, list(request.headers.items()), raw, limits=LIMITS)


def _store_again(account: configured.Verification, inbound: InboundRequest, verified: Any) -> Response:
	"""As `_store`. A deadlock is with a copy that came at the same moment, and leaves nothing of the transaction: again."""
	for _try in range(TRIES - 1):
		try:
			return _store(account, inbound, verified)
		except frappe.QueryDeadlockError:
			frappe.db.rollback()
	return _store(account, inbound, verified)


def _store(account: configured.Verification, inbound: InboundRequest, verified: Any) -> Response:
	schema.require()
	installation.require()
	events = events_of(account.scheme, inbound, verified)
	if len(events) == 1:
		require_texts(events[0].data)
	names = [_keep(account, event, alone=len(events) == 1) for event in events]
	for event, name in zip(events, names, strict=True):
		replies.keep(name, body_secrets.reply_address(account.scheme, event.data))
	frappe.db.commit()  # stored for good before the sender is told so
	INBOUND.wake(account.name)
	more = {"events": len(names)} if len(names) > 1 else {}
	return _answer(200, {"status": "accepted", "trace_id": names[0], **more})


def _keep(account: configured.Verification, event: Event, *, alone: bool) -> str:
	"""Insert one event of a request; the name of its row, or of the one that has its key already."""
	values = {
		"integration": account.name,
		"company": account.company,
		"event": sync_log.WEBHOOK,
		"topic": storable(event.topic or "")[:140],
		"idempotency_key": event.id[:255],
		"dedupe_key": keys.dedupe_key(account.name, sync_log.WEBHOOK, event.id),
		"fingerprint": event.fingerprint,
		# One of several with an impossible text fails by itself, when it is worked off.
		"request_body": as_json(body_secrets.without_secrets(account.scheme, event.data)),
	}
	try:
		return _received_anew(values)
	except Exception as error:
		if not frappe.db.is_duplicate_entry(error):
			raise
		if alone:
			frappe.db.rollback()  # lets go of the lock on the key; others of the request would be lost by it
		return _again(values, by_content=event.by_content)


def _received_anew(values: dict[str, Any]) -> str:
	name = inbox.receive(values)
	splitting.note(values["integration"], name, values["topic"], values["request_body"])
	return name


def _again(values: dict[str, Any], *, by_content: bool) -> str:
	"""The event that has this key already; tried again if it had failed, for each flow for which it had.

	Of senders without ids, a state that comes back after another event came is an event of its own: 10, 9 and 10 again
	are three changes. So is a body under another topic: the deletion of a product and that of a customer may hold the
	same id and nothing else.
	"""
	row = frappe.db.get_value(
		"Sync Log",
		{"dedupe_key": values["dedupe_key"]},
		["name", "trace_id", "seq", "topic"],
		as_dict=True,
		for_update=True,
	)
	account, topic = values["integration"], values["topic"]
	if by_content and row.topic != topic and routing.recognises_all(account, topic):
		return _under_its_topic(values)
	came = by_content and inbox.came_since(
		account, inflow.topics_beside(account, topic), row.seq, row.trace_id
	)
	if came and routing.recognises_all(account, topic):
		inbox.give_up_key(row.name)
		return _received_anew(values)
	inbox.receive_again_all(row.trace_id, REPEATABLE)
	return row.name


def _under_its_topic(values: dict[str, Any]) -> str:
	key = keys.dedupe_key(
		values["integration"], sync_log.WEBHOOK, f"{values['idempotency_key']} {values['topic']}"
	)
	values = {**values, "dedupe_key": key}
	if frappe.db.get_value("Sync Log", {"dedupe_key": key}, for_update=True):
		return _again(values, by_content=True)
	return _received_anew(values)


def _answer(status: int, data: dict[str, Any]) -> Response:
	return Response(json.dumps(data), status=status, content_type="application/json")
