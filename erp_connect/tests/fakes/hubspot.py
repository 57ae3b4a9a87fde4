"""A HubSpot account in memory: what people do there, and what it tells. Its API is in `hubspot_api`.

https://developers.hubspot.com/docs/api-reference/overview

Webhooks are signed by version 3 and come as a list of events that say no more than which record changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import requests

from erp_connect.tests.fakes.hubspot_api import KINDS, HubSpotApi
from erp_connect.tests.fakes.provider_http import Handler
from erp_connect.tests.fakes.quiet_http import FakeSystem

CLIENT_SECRET = "hubspot-client-secret"


def signature(address: str, payload: bytes, at: int) -> str:
	"""The header X-HubSpot-Signature-v3 of a POST."""
	signed = b"POST" + address.encode() + payload + str(at).encode()
	return base64.b64encode(hmac.new(CLIENT_SECRET.encode(), signed, hashlib.sha256).digest()).decode()


class HubSpot(FakeSystem, HubSpotApi):
	"""The account, in a thread of this process. told: events that nobody has delivered yet."""

	def __init__(self) -> None:
		super().__init__()
		self.serve(Handler)

	# What people do

	def add(self, kind: str, **properties: Any) -> str:
		"""A record that somebody makes; its id."""
		with self.lock:
			record = self.make(kind, {name: str(value) for name, value in properties.items()})
		self.tell(kind, "creation", record["id"])
		return record["id"]

	def change(self, kind: str, id_: str, **properties: Any) -> None:
		with self.lock:
			self.write(self.records[kind][id_], {name: str(value) for name, value in properties.items()})
		self.tell(kind, "propertyChange", id_)

	def remove(self, kind: str, id_: str) -> None:
		with self.lock:
			del self.records[kind][id_]
		self.tell(kind, "deletion", id_)

	def merge(self, kind: str, primary: str, other: str) -> None:
		"""The other record is archived; who asks for it by its id gets the primary one."""
		with self.lock:
			del self.records[kind][other]
			self.merged[(kind, other)] = primary
			self.write(self.records[kind][primary], {})
		told = {"primaryObjectId": int(primary), "mergedObjectIds": [int(other)], "newObjectId": int(primary)}
		self.tell(kind, "merge", primary, **told)

	def tell(self, kind: str, what: str, id_: str, **more: Any) -> None:
		event = {
			"eventId": self.number(),
			"subscriptionId": 100,
			"portalId": 62515,
			"appId": 7000,
			"occurredAt": self.now_ms(),
			"subscriptionType": f"{KINDS[kind]}.{what}",
			"attemptNumber": 0,
			"objectId": int(id_),
			"changeSource": "CRM_UI",
			**more,
		}
		self.told.append(event)

	def send(self, address: str, events: list[dict[str, Any]], at: int, *, change: bool = False) -> int:
		"""Deliver events, signed at a time in milliseconds. change: a byte is another one than what was signed."""
		payload = json.dumps(events).encode()
		headers = {
			"X-HubSpot-Signature-v3": signature(address, payload, at),
			"X-HubSpot-Request-Timestamp": str(at),
		}
		if change:
			payload = payload.replace(b'"CRM_UI"', b'"CRM_UJ"')
		headers["Content-Type"] = "application/json"
		return requests.post(address, data=payload, headers=headers, timeout=30).status_code
