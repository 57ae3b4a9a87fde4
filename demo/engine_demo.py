"""The engine without ERPNext: sample documents are mapped, signed and delivered to a local receiver.

Needs pip alone; `make demo` runs it where no bench can be had, `make demo-engine` anywhere. It shows the pure
core and the transport at work: the mapping, references between records, the Standard Webhooks signature over
the exact bytes, a retry with the same key after 503, and an address that is never called. It has no outbox, no
log and no Desk: those need a site. Exits with 1 when anything is not as promised.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from erp_connect.core.delivery.outcome import Exchange, Outcome, classify
from erp_connect.core.delivery.retry import RetryPolicy
from erp_connect.core.delivery.signing import new_secret, sign, verify
from erp_connect.core.guard.egress import Policy
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.parse.answer import read_answer
from erp_connect.core.payload.serialise import serialise
from erp_connect.core.values.ids import new_event_id
from erp_connect.tests.fakes.fault_server import FaultServer, Reply
from erp_connect.transport.auth.keys import BearerAuth
from erp_connect.transport.client import HttpClient
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest, HttpResponse

SAMPLES = Path(__file__).with_name("samples.json")
METADATA_URL = "http://169.254.169.254/latest/meta-data/"


@dataclass
class Account:
	"""What an Integration Settings record holds on a site. links: (doctype, name) → id at the receiver."""

	base_url: str
	http: HttpClient
	signing_secret: str
	retry: RetryPolicy
	auth: BearerAuth = field(default_factory=lambda: BearerAuth(Secret("demo-token")))
	links: dict[tuple[str, str], str] = field(default_factory=dict)


def payload_of(sample: dict[str, Any], account: Account) -> dict[str, Any]:
	"""The document of a sample, mapped by its rows."""
	mapping = compile_mapping([Row(**row) for row in sample["rows"]])
	return mapping.apply(sample["document"], lookup=lambda doctype, name: account.links.get((doctype, name)))


def send(account: Account, path: str, event_id: str, body: bytes, content_type: str) -> HttpResponse:
	"""One attempt, signed anew: the id stays, the time is that of the attempt."""
	headers = {"Content-Type": content_type, "Idempotency-Key": event_id}
	headers |= sign(event_id, int(time.time()), body, [account.signing_secret])
	request = HttpRequest("POST", account.base_url + path, headers, body, event_id)
	return account.http.send(account.http.prepare(request, account.auth))


def judge(response: HttpResponse, now: datetime) -> tuple[Outcome, Any]:
	"""What an answer means, and what it holds."""
	answer = read_answer(response.body, response.content_type)
	exchange = Exchange(
		status=response.status,
		headers=response.headers,
		content=answer.kind,
		creates=True,
		needs_content=True,
	)
	return classify(exchange, now=now), answer.data


def deliver(account: Account, sample: dict[str, Any], pause: float) -> bool:
	"""Send one document until it is delivered or given up; binds its link. Whether it was delivered."""
	document = sample["document"]
	payload = payload_of(sample, account)
	body, content_type = serialise(payload)
	event_id = new_event_id(time.time_ns() // 1_000_000, secrets.token_bytes(10))
	print(f"\n{document['doctype']} {document['name']}  →  POST {sample['path']}")
	print(f"    {json.dumps(payload, ensure_ascii=False)}")
	attempt = 0
	while True:
		attempt += 1
		response = send(account, sample["path"], event_id, body, content_type)
		outcome, data = judge(response, datetime.now(timezone.utc))
		print(f"    attempt {attempt}: {response.status} in {response.elapsed_ms} ms. {outcome}")
		if outcome.kind == "delivered":
			account.links[document["doctype"], document["name"]] = data["id"]
			print(f"    linked to {data['id']}")
			return True
		delay = account.retry.next_delay(attempt, random=random.random(), retry_after=outcome.retry_after)
		if not outcome.resend or delay is None:
			return False
		print(f"    again in {delay} s, with the same key {event_id}")
		time.sleep(delay * pause)


def verified(server: FaultServer, account: Account) -> int:
	"""How many of the requests as received carry a valid signature over their exact bytes."""
	for request in server.requests:
		verify(request.headers, request.body, [account.signing_secret], now=time.time())
	return len(server.requests)


def keys_are_stable(server: FaultServer) -> bool:
	"""Whether every attempt for one document came with one key and one body."""
	by_key: dict[str, set[bytes]] = {}
	for request in server.requests:
		by_key.setdefault(request.header("Idempotency-Key"), set()).add(request.body)
	return len(by_key) == len({request.path for request in server.requests}) and all(
		len(bodies) == 1 for bodies in by_key.values()
	)


def refuses_metadata(account: Account) -> bool:
	"""Whether the address that gives cloud credentials away is refused before anything is sent."""
	try:
		account.http.send(HttpRequest("GET", METADATA_URL))
	except TransportError as error:
		print(f"\nGET {METADATA_URL}\n    {error}")
		return error.kind == "blocked" and not error.sent
	return False


def run(pause: float) -> bool:
	"""The whole demonstration; whether everything was as promised. pause: factor on the waiting times."""
	samples = json.loads(SAMPLES.read_text(encoding="utf-8"))
	# Loopback is closed by default; a site allows a network by name in its configuration.
	http = HttpClient(Policy.of(["127.0.0.0/8"]))
	with FaultServer() as server, http:
		account = Account(
			server.url(""), http, new_secret(secrets.token_bytes(32)), RetryPolicy((1, 2, 4), 0.0)
		)
		print(f"A receiver listens at {account.base_url}; it will answer 503 twice to the first order.")
		for sample in samples:
			if "fails_first" in sample:
				server.script(sample["path"], sample["fails_first"], Reply(201, {"id": "R-late"}))
		delivered = sum(deliver(account, sample, pause) for sample in samples)
		signed = verified(server, account)
		facts = {
			f"{delivered} of {len(samples)} documents delivered in {len(server.requests)} requests": delivered
			== len(samples),
			f"{signed} signatures verified over the bytes as received": signed == len(server.requests) > 0,
			"retries came with the same key and the same bytes": keys_are_stable(server),
			"the metadata address was refused": refuses_metadata(account),
		}
	print()
	for fact, holds in facts.items():
		print(f"{'ok    ' if holds else 'FAILED'} {fact}")
	return all(facts.values())


def main() -> int:
	"""Run from the command line; returns the exit code."""
	parser = argparse.ArgumentParser(
		description="Map, sign and deliver sample documents to a local receiver."
	)
	parser.add_argument(
		"--pause", type=float, default=1.0, help="factor on the waiting times between attempts"
	)
	return 0 if run(parser.parse_args().pause) else 1


if __name__ == "__main__":
	sys.exit(main())
